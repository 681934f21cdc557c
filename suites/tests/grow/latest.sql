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
    (extract(EPOCH FROM created_at) * 1000000)::BIGINT AS microseconds
FROM security_audit_logs
ORDER BY created_at DESC, id
LIMIT 1
