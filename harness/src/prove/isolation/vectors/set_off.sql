-- Trigger functions that a role may put on tables of its own, if it may make any.
-- $1: the role.
SELECT p.oid::int8
FROM pg_catalog.pg_proc AS p
WHERE p.prorettype = 'trigger'::regtype
  AND p.prosecdef
  AND pg_catalog.has_schema_privilege($1, p.pronamespace, 'USAGE')
  AND pg_catalog.has_function_privilege($1, p.oid, 'EXECUTE')
  AND pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'TEMPORARY')
ORDER BY p.oid
