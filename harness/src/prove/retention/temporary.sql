DO $$
DECLARE
    dropped record;
BEGIN
    FOR dropped IN
        SELECT
            c.relname,
            c.relkind
        FROM pg_catalog.pg_class AS c
        WHERE
            c.relnamespace = pg_catalog.pg_my_temp_schema()
            AND c.relkind IN ('r', 'p', 'v', 'S')
        ORDER BY c.oid
    LOOP
        EXECUTE pg_catalog.format(
            'DROP %s IF EXISTS pg_temp.%I CASCADE',
            CASE dropped.relkind
                WHEN 'v' THEN 'VIEW'
                WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE'
            END,
            dropped.relname
        );
    END LOOP;
END
$$
