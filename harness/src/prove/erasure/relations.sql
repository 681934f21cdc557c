-- Every relation that stores rows and is not PostgreSQL's own, also those that were made a moment ago, temporary ones too.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm')
  AND c.relpersistence <> 't'
  AND c.relispopulated
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
   OR c.relkind = 'r'
  AND c.relnamespace = pg_catalog.pg_my_temp_schema()
ORDER BY n.nspname, c.relname
