-- Whether a register that is not marked holds nothing, or its own table alone.
SELECT NOT EXISTS (
    SELECT FROM pg_catalog.pg_class AS c
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relname <> 'made'
)
