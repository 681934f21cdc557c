-- $1 user, $2 organization. Two active tokens, one that has expired and one that was revoked, used 1 + 2 + 3 + 4 times.
INSERT INTO sdk_tokens (
    user_id, organization_id, token_hash, token_id, usage_count, expires_at, revoked_at, revoke_reason
)
SELECT
    $1::UUID,
    $2::UUID,
    'hash of ' || $1::UUID || ' ' || token.number,
    $1::UUID || ' ' || token.number,
    token.number,
    now() + token.expires_in,
    CASE WHEN token.is_revoked THEN now() END,
    CASE WHEN token.is_revoked THEN 'lost' END
FROM (
    VALUES
        (1, INTERVAL '1 day', FALSE),
        (2, INTERVAL '30 days', FALSE),
        (3, INTERVAL '-1 day', FALSE),
        (4, INTERVAL '1 day', TRUE)
) AS token (number, expires_in, is_revoked);
