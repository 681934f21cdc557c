-- The functions that a role may call, by their number in pg_proc. $1: the role.
SELECT p.oid
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND pg_catalog.has_function_privilege($1, p.oid, 'EXECUTE')
  AND pg_catalog.has_schema_privilege($1, n.oid, 'USAGE')
ORDER BY p.oid
