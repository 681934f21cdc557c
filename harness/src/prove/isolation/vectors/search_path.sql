-- The schemas in which a role may make tables, the one of temporary tables first.
-- $1: the role.
SELECT place.name
FROM (
    SELECT 0 AS position, 'pg_temp' AS name
    WHERE pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'TEMPORARY')
    UNION ALL
    SELECT 1, n.nspname::text
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname NOT LIKE 'pg\_%'
      AND n.nspname <> 'information_schema'
      AND pg_catalog.has_schema_privilege($1, n.oid, 'CREATE')
) AS place
ORDER BY place.position, place.name
