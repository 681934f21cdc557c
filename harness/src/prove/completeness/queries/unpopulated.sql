-- The materialised views among some relations that hold nothing yet. $1: their schemas; $2: their names.
SELECT c.relname::text
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted (schema, name)
INNER JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
INNER JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
WHERE c.relkind = 'm' AND NOT c.relispopulated
ORDER BY 1
