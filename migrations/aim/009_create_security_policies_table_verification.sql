-- Run after 009: raises where the table is lacking or is not the one that 009 makes. Changes nothing.

DO $verification$
DECLARE
    lacking TEXT;
BEGIN
    IF to_regclass('public.security_policies') IS NULL THEN
        RAISE EXCEPTION '009 is not in place: there is no table "security_policies"'
            USING HINT = 'Apply 009_create_security_policies_table.sql.';
    END IF;

    WITH expected (what) AS (
        VALUES
            ('column id uuid not null default gen_random_uuid()'),
            ('column organization_id uuid not null'),
            ('column name character varying(255) not null'),
            ('column description text'),
            ('column policy_type character varying(50) not null'),
            ('column enforcement_action character varying(50) not null'),
            ('column severity_threshold character varying(50) not null'),
            ('column rules jsonb not null default ''{}''::jsonb'),
            ('column applies_to text not null default ''all''::text'),
            ('column is_enabled boolean not null default true'),
            ('column priority integer not null default 0'),
            ('column created_at timestamp with time zone not null default now()'),
            ('column updated_at timestamp with time zone not null default now()'),
            ('column created_by uuid not null'),
            ('PRIMARY KEY (id)'),
            ('UNIQUE (organization_id, name)'),
            ('FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE'),
            ('FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE CASCADE'),
            ('index idx_security_policies_organization_id'),
            ('index idx_security_policies_policy_type'),
            ('index idx_security_policies_is_enabled'),
            ('index idx_security_policies_priority'),
            ('index idx_security_policies_created_by'),
            ('index idx_security_policies_evaluation')
    ),
    present (what) AS (
        SELECT
            'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
            || COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute AS a
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE
            a.attrelid = to_regclass('public.security_policies')
            AND a.attnum > 0
            AND NOT a.attisdropped
        UNION ALL
        -- The schema is named or not by the session's search_path, which must not matter.
        SELECT replace(pg_get_constraintdef(c.oid), ' public.', ' ')
        FROM pg_constraint AS c
        WHERE
            c.conrelid = to_regclass('public.security_policies')
            AND c.convalidated
        UNION ALL
        SELECT 'index ' || r.relname
        FROM pg_index AS i
        JOIN pg_class AS r ON r.oid = i.indexrelid
        WHERE
            i.indrelid = to_regclass('public.security_policies')
            AND i.indisvalid
    )
    SELECT string_agg(expected.what, '; ' ORDER BY expected.what)
    INTO lacking
    FROM expected
    WHERE NOT EXISTS (SELECT FROM present WHERE present.what = expected.what);

    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION '009 is not in place on "security_policies": %', lacking
            USING HINT = 'The table was made by something else than 009_create_security_policies_table.sql.';
    END IF;
END
$verification$;
