-- The functions and procedures of the application that a role may call, and what they take.
-- $1: the role.
SELECT
    p.oid::int8,
    p.pronargdefaults,
    (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', coalesce(a.name, ''),
            'mode', coalesce(a.mode, 'i'),
            'type', pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.typname),
            'base', pg_catalog.format_type(e.oid, NULL),
            'category', e.typcategory,
            'kind', e.typtype,
            'array', b.typelem <> 0 AND b.typcategory = 'A',
            'labels', (
                SELECT coalesce(pg_catalog.json_agg(l.enumlabel ORDER BY l.enumsortorder), '[]')
                FROM pg_catalog.pg_enum AS l
                WHERE l.enumtypid = e.oid
            ),
            'table', (
                SELECT pg_catalog.json_build_object('schema', rn.nspname, 'name', r.relname)
                FROM pg_catalog.pg_class AS r
                INNER JOIN pg_catalog.pg_namespace AS rn ON r.relnamespace = rn.oid
                WHERE r.oid = e.typrelid AND r.relkind IN ('r', 'p')
            ),
            'subtype', (
                SELECT pg_catalog.format_type(g.rngsubtype, NULL)
                FROM pg_catalog.pg_range AS g
                WHERE e.oid IN (g.rngtypid, g.rngmultitypid)
            ),
            'fields', (
                SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
                    'name', f.attname,
                    'mode', 'i',
                    'type', pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(ft.typname),
                    'base', pg_catalog.format_type(fe.oid, NULL),
                    'category', fe.typcategory,
                    'kind', fe.typtype,
                    'array', fb.typelem <> 0 AND fb.typcategory = 'A',
                    'labels', (
                        SELECT coalesce(pg_catalog.json_agg(l.enumlabel ORDER BY l.enumsortorder), '[]')
                        FROM pg_catalog.pg_enum AS l
                        WHERE l.enumtypid = fe.oid
                    ),
                    'table', NULL,
                    'subtype', (
                        SELECT pg_catalog.format_type(g.rngsubtype, NULL)
                        FROM pg_catalog.pg_range AS g
                        WHERE fe.oid IN (g.rngtypid, g.rngmultitypid)
                    )
                ) ORDER BY f.attnum), '[]')
                FROM pg_catalog.pg_class AS r
                INNER JOIN pg_catalog.pg_attribute AS f ON f.attrelid = r.oid AND f.attnum > 0 AND NOT f.attisdropped
                INNER JOIN pg_catalog.pg_type AS ft ON f.atttypid = ft.oid
                INNER JOIN pg_catalog.pg_namespace AS fn ON ft.typnamespace = fn.oid
                INNER JOIN pg_catalog.pg_type AS fb
                    ON fb.oid = CASE ft.typtype WHEN 'd' THEN ft.typbasetype ELSE ft.oid END
                INNER JOIN pg_catalog.pg_type AS fe
                    ON fe.oid = CASE WHEN fb.typelem <> 0 AND fb.typcategory = 'A' THEN fb.typelem ELSE fb.oid END
                WHERE r.oid = e.typrelid AND r.relkind NOT IN ('r', 'p')
            )
        ) ORDER BY a.position), '[]')
        FROM ROWS FROM (
            pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])),
            pg_catalog.unnest(p.proargmodes::text[]),
            pg_catalog.unnest(p.proargnames)
        ) WITH ORDINALITY AS a (type, mode, name, position)
        INNER JOIN pg_catalog.pg_type AS t ON a.type = t.oid
        INNER JOIN pg_catalog.pg_namespace AS tn ON t.typnamespace = tn.oid
        -- What a domain is on, and then what an array is of.
        INNER JOIN pg_catalog.pg_type AS b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
        INNER JOIN pg_catalog.pg_type AS e
            ON e.oid = CASE WHEN b.typelem <> 0 AND b.typcategory = 'A' THEN b.typelem ELSE b.oid END
        WHERE coalesce(a.mode, 'i') <> 't'
    )
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
WHERE p.prokind IN ('f', 'p')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\_temp\_%'
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND 'internal'::regtype <> ALL (p.proargtypes::oid[])
  AND pg_catalog.has_schema_privilege($1, n.oid, 'USAGE')
  AND pg_catalog.has_function_privilege($1, p.oid, 'EXECUTE')
ORDER BY n.nspname, p.proname, p.oid
