-- The role and the claims of the service's key, until the transaction ends.
SELECT
    set_config('role', 'service_role', TRUE),
    set_config('request.jwt.claims', '{"role":"service_role"}', TRUE)
