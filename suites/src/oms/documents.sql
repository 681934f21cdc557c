-- Every table in "public", with what it lacks. A partition follows its parent.
-- $1 names and $2 types of the columns; $3 functions and $4 kinds (pg_trigger.tgtype) of the triggers.
SELECT
    c.relname::TEXT AS name,
    s.name IS NOT NULL AS is_system,
    GREATEST(c.reltuples, 0)::BIGINT AS rows,
    ARRAY(
        SELECT w.name
        FROM unnest($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS w (name, type, place)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE
                a.attrelid = c.oid
                AND a.attname = w.name
                AND NOT a.attisdropped
                AND a.attnotnull
                AND pg_catalog.format_type(a.atttypid, a.atttypmod) = w.type
        )
        ORDER BY w.place
    ) AS columns_lacking,
    ARRAY(
        SELECT w.name
        FROM unnest($1::TEXT[]) WITH ORDINALITY AS w (name, place)
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = w.name AND NOT a.attisdropped
        )
        ORDER BY w.place
    ) AS columns_there,
    ARRAY(
        SELECT w.function
        FROM unnest($3::TEXT[], $4::SMALLINT[]) WITH ORDINALITY AS w (function, kind, place)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS t
            WHERE
                t.tgrelid = c.oid
                AND t.tgfoid = pg_catalog.to_regproc(w.function)
                AND t.tgtype = w.kind
                -- Not switched off, and neither for some rows nor for some columns alone.
                AND t.tgenabled IN ('O', 'A')
                AND t.tgqual IS NULL
                AND t.tgattr = ''
        )
        ORDER BY w.place
    ) AS triggers_lacking,
    ARRAY(
        SELECT w.function
        FROM unnest($3::TEXT[]) WITH ORDINALITY AS w (function, place)
        WHERE EXISTS (
            SELECT FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = c.oid AND t.tgfoid = pg_catalog.to_regproc(w.function)
        )
        ORDER BY w.place
    ) AS triggers_there
FROM pg_catalog.pg_class AS c
LEFT JOIN public.system_tables AS s ON s.name = c.relname
WHERE
    c.relnamespace = 'public'::REGNAMESPACE
    AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
ORDER BY c.relname;
