-- What one service shows another. A token is known here by its hash alone: whoever reads this table, or a backup of it, holds
-- nothing that can be shown. Tokens are 256 random bits, so that a plain hash is as good as a slow one.

CREATE TABLE cross_service_auth (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    source_service VARCHAR(100) NOT NULL CHECK (source_service <> ''),
    target_service VARCHAR(100) NOT NULL CHECK (target_service <> ''),
    token_hash BYTEA NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    permissions TEXT[] NOT NULL CHECK (cardinality(permissions) > 0),
    scope VARCHAR(100) NOT NULL CHECK (scope <> ''),
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CHECK (source_service <> target_service),
    CHECK (expires_at > created_at)
);

CREATE INDEX idx_cross_service_auth_services ON cross_service_auth (target_service, source_service);

COMMENT ON TABLE cross_service_auth IS 'What one service may do at another; nothing of users, and nothing for them';
COMMENT ON COLUMN cross_service_auth.token_hash IS 'SHA-256 of the token, which is nowhere here';

-- The token itself has to be shown: a hash that was read in a backup opens nothing.
CREATE FUNCTION verify_service_token(
    token TEXT,
    source_service TEXT,
    target_service TEXT,
    permission TEXT,
    scope TEXT
)
RETURNS BOOLEAN
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM public.cross_service_auth AS auth
    WHERE
        auth.token_hash = sha256(convert_to(verify_service_token.token, 'UTF8'))
        AND auth.source_service = verify_service_token.source_service
        AND auth.target_service = verify_service_token.target_service
        AND verify_service_token.permission = ANY (auth.permissions)
        AND auth.scope = verify_service_token.scope
        AND auth.expires_at > now()
        AND auth.revoked_at IS NULL
);

COMMENT ON FUNCTION verify_service_token IS 'Whether the token lets that service do that at the other, there and now';

REVOKE EXECUTE ON FUNCTION verify_service_token(TEXT, TEXT, TEXT, TEXT, TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION verify_service_token(TEXT, TEXT, TEXT, TEXT, TEXT) TO app_user;

CREATE TRIGGER audit_trigger_cross_service_auth
AFTER INSERT OR UPDATE OR DELETE ON cross_service_auth
FOR EACH ROW EXECUTE FUNCTION audit.log_change();
