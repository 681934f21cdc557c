-- A role, if there is one, and whether it has settings that count only for a log-in, which it is not allowed. $1: its name.
SELECT
    NOT r.rolcanlogin
    AND EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s WHERE s.setrole = r.oid)
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = $1
