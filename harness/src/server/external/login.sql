-- Who logged in: whether as a superuser, and what else counts here.
SELECT
    pg_catalog.current_setting('server_version'),
    r.rolname::text,
    r.rolsuper,
    r.rolcreatedb OR r.rolsuper,
    r.rolcreaterole OR r.rolsuper
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = current_user
