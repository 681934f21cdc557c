-- What the application sends with the service's key: the logger, and the page of the operators.

-- pgproof: as = "service_role", name = "violation: log"
-- $1 to $10: all that is known of it, id and time included, so that an entry can be written twice without being two.
INSERT INTO security_audit_logs (
    id,
    event_type,
    user_id,
    authenticated_restaurant_id,
    attempted_restaurant_id,
    session_id,
    ip_address,
    user_agent,
    severity,
    created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7::INET, $8, $9, $10::TIMESTAMPTZ)
ON CONFLICT (id) DO NOTHING;

-- pgproof: as = "service_role", name = "operators page: latest"
-- $1 how many.
SELECT
    id,
    event_type,
    user_id,
    authenticated_restaurant_id,
    attempted_restaurant_id,
    session_id,
    host(ip_address) AS ip_address,
    user_agent,
    severity,
    created_at
FROM security_audit_logs
ORDER BY created_at DESC, id
LIMIT $1;

-- pgproof: as = "service_role", name = "operators page: attempts on a restaurant"
-- $1 restaurant, $2 since when.
SELECT user_id, count(*) AS attempts, max(created_at) AS latest
FROM security_audit_logs
WHERE
    attempted_restaurant_id = $1
    AND created_at >= $2
GROUP BY user_id
ORDER BY attempts DESC, user_id;

-- pgproof: as = "service_role", name = "operators page: severe ones of a day"
SELECT severity, count(*) AS attempts
FROM security_audit_logs
WHERE
    severity IN ('ERROR', 'CRITICAL')
    AND created_at >= now() - INTERVAL '24 hours'
GROUP BY severity
ORDER BY severity;
