-- What a role may do with each relation of the application: by what it was granted, by PUBLIC and by its memberships.
-- $1: the role.
SELECT
    n.nspname,
    c.relname,
    pg_catalog.has_schema_privilege($1, n.oid, 'USAGE'),
    (
        SELECT pg_catalog.string_agg(p.privilege, ' ' ORDER BY p.privilege)
        FROM pg_catalog.unnest(ARRAY[
            'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'
        ]) AS p (privilege)
        WHERE pg_catalog.has_table_privilege($1, c.oid, p.privilege)
    ),
    (
        SELECT pg_catalog.json_object_agg(p.privilege, p.columns ORDER BY p.privilege)
        FROM (
            SELECT p.privilege, pg_catalog.json_agg(a.attname ORDER BY a.attnum) AS columns
            FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS p (privilege)
            INNER JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE pg_catalog.has_column_privilege($1, c.oid, a.attnum, p.privilege)
            GROUP BY p.privilege
        ) AS p
    )
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND n.nspname NOT LIKE 'pg\_temp\_%'
ORDER BY n.nspname, c.relname
