SELECT
    namespace.nspname::TEXT,
    relation.relname::TEXT
FROM pg_catalog.pg_class AS relation
INNER JOIN pg_catalog.pg_namespace AS namespace ON relation.relnamespace = namespace.oid
WHERE
    relation.relkind IN ('r', 'p', 'm')
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY namespace.nspname, relation.relname
