-- What depends on the members of extensions, be it by way of others, as claims name objects: relations, and functions with
-- their argument types. A column, a policy, a constraint, an index or a trigger stands for its relation.
WITH RECURSIVE dependents (extension, classid, objid) AS (
    SELECT e.extname::text, d.classid, d.objid
    FROM pg_catalog.pg_extension AS e
    INNER JOIN pg_catalog.pg_depend AS d
        ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid AND d.deptype = 'e'
    WHERE e.extname = ANY ($1)
    UNION
    SELECT above.extension, d.classid, d.objid
    FROM dependents AS above
    INNER JOIN pg_catalog.pg_depend AS d ON d.refclassid = above.classid AND d.refobjid = above.objid
    WHERE d.deptype IN ('n', 'a', 'i', 'P', 'S')
),
objects AS (
    SELECT
        d.extension,
        d.classid,
        coalesce(
            CASE WHEN d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.objid END,
            p.polrelid, t.tgrelid, c.conrelid, r.ev_class, a.adrelid
        ) AS relation,
        CASE WHEN d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.objid END AS function
    FROM dependents AS d
    LEFT JOIN pg_catalog.pg_policy AS p
        ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = d.objid
    LEFT JOIN pg_catalog.pg_trigger AS t
        ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = d.objid
    LEFT JOIN pg_catalog.pg_constraint AS c
        ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND c.oid = d.objid
    LEFT JOIN pg_catalog.pg_rewrite AS r
        ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = d.objid
    LEFT JOIN pg_catalog.pg_attrdef AS a
        ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = d.objid
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS m
        WHERE m.classid = d.classid AND m.objid = d.objid AND m.deptype = 'e'
    )
)
SELECT DISTINCT o.extension, n.nspname::text, f.proname::text, '(' || pg_catalog.oidvectortypes(f.proargtypes) || ')'
FROM objects AS o
INNER JOIN pg_catalog.pg_proc AS f ON o.function = f.oid
INNER JOIN pg_catalog.pg_namespace AS n ON f.pronamespace = n.oid
UNION
SELECT DISTINCT o.extension, n.nspname::text, c.relname::text, NULL
FROM objects AS o
LEFT JOIN pg_catalog.pg_index AS i ON o.relation = i.indexrelid
INNER JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(i.indrelid, o.relation)
INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
ORDER BY 1, 2, 3, 4
