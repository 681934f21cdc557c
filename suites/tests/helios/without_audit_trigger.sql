-- Tables of which not every row that comes (4), changes (16) or goes (8) fires, afterwards (1 alone), an enabled trigger of that name.
SELECT relation.relname::TEXT
FROM pg_catalog.pg_class AS relation
WHERE
    relation.relnamespace = 'public'::REGNAMESPACE
    AND relation.relkind IN ('r', 'p')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS trigger
        WHERE
            trigger.tgrelid = relation.oid
            AND trigger.tgname = 'audit_trigger_' || relation.relname
            AND trigger.tgfoid = 'audit.log_change()'::REGPROCEDURE
            AND trigger.tgtype = 1 + 4 + 8 + 16
            AND trigger.tgenabled = 'O'
            AND trigger.tgqual IS NULL
            AND trigger.tgattr = ''
    )
ORDER BY relation.relname
