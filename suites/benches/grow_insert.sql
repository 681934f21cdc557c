INSERT INTO security_audit_logs (
    event_type,
    user_id,
    authenticated_restaurant_id,
    attempted_restaurant_id,
    session_id,
    ip_address,
    user_agent,
    severity
)
VALUES (
    'cross_restaurant_access',
    gen_random_uuid(),
    gen_random_uuid(),
    gen_random_uuid(),
    's-4711',
    '203.0.113.7',
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36',
    'ERROR'
)
