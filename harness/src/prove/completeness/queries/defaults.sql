-- Whether a default of a table draws from a sequence that the role may not use. $1: its schema; $2: its name.
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
    INNER JOIN pg_catalog.pg_attrdef AS a ON a.adrelid = c.oid
    INNER JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
        AND d.objid = a.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    INNER JOIN pg_catalog.pg_class AS s ON d.refobjid = s.oid
    WHERE n.nspname = $1
      AND c.relname = $2
      -- The function raises an error for what is no sequence, and the planner may ask it first.
      AND CASE WHEN s.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') ELSE false END
)
