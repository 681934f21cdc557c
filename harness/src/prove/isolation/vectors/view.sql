-- What can be done through each view: the sum of 4 for UPDATE, 8 for INSERT, 16 for DELETE.
SELECT
    n.nspname,
    c.relname,
    pg_catalog.pg_relation_is_updatable(c.oid, true)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.relkind = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY n.nspname, c.relname
