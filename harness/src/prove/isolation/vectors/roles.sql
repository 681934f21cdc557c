-- The roles that a role can become: by SET ROLE, or by granting them to itself first. $1: the role.
SELECT
    r.rolname,
    CASE
        WHEN pg_catalog.pg_has_role($1, r.oid, v.becomes) THEN 'set'
        WHEN pg_catalog.pg_has_role($1, r.oid, 'MEMBER WITH ADMIN OPTION') THEN 'grant'
        -- To 15 CREATEROLE grants every role that is no superuser.
        WHEN v.major < 16 AND self.rolcreaterole AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\_%' THEN 'grant'
    END AS way
FROM (
    SELECT
        pg_catalog.current_setting('server_version_num')::integer / 10000 AS major,
        CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END AS becomes
) AS v
CROSS JOIN pg_catalog.pg_roles AS r
CROSS JOIN pg_catalog.pg_roles AS self
WHERE self.rolname = $1
  AND NOT self.rolsuper
  AND r.rolname <> $1
  -- On a server that others use, too, their roles are not tried.
  AND r.oid >= COALESCE(NULLIF(pg_catalog.current_setting('pgproof.first_role', true), ''), '0')::oid
  AND r.rolname <> 'pg_database_owner'
  AND (
      pg_catalog.pg_has_role($1, r.oid, v.becomes)
      OR pg_catalog.pg_has_role($1, r.oid, 'MEMBER WITH ADMIN OPTION')
      OR v.major < 16 AND self.rolcreaterole AND NOT r.rolsuper AND r.rolname NOT LIKE 'pg\_%'
  )
ORDER BY way DESC, r.rolname
