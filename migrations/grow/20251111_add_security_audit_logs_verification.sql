-- Run after the migration: raises where the table is lacking, or is there and is another than the migration makes, as one
-- made by hand before it would be. Changes nothing.

DO $verification$
DECLARE
    lacking TEXT;
    beyond TEXT;
BEGIN
    IF to_regclass('public.security_audit_logs') IS NULL THEN
        RAISE EXCEPTION 'there is no table "security_audit_logs"'
            USING HINT = 'Apply 20251111_add_security_audit_logs.sql.';
    END IF;

    WITH expected (what) AS (
        VALUES
            ('column id uuid not null default gen_random_uuid()'),
            ('column event_type character varying(100) not null'),
            ('column user_id uuid'),
            ('column authenticated_restaurant_id uuid'),
            ('column attempted_restaurant_id uuid'),
            ('column session_id text'),
            ('column ip_address inet'),
            ('column user_agent text'),
            ('column severity text not null default ''WARNING''::text'),
            ('column created_at timestamp with time zone not null default now()'),
            ('PRIMARY KEY (id)'),
            ('CHECK ((severity = ANY (ARRAY[''INFO''::text, ''WARNING''::text, ''ERROR''::text, ''CRITICAL''::text])))'),
            ('CREATE INDEX idx_security_audit_logs_created_at ON public.security_audit_logs USING btree (created_at DESC)'),
            ('CREATE INDEX idx_security_audit_logs_event_type ON public.security_audit_logs USING btree (event_type, created_at DESC)'),
            ('CREATE INDEX idx_security_audit_logs_user_id ON public.security_audit_logs USING btree (user_id, created_at DESC)'),
            ('CREATE INDEX idx_security_audit_logs_attempted ON public.security_audit_logs USING btree (attempted_restaurant_id, created_at DESC)'),
            ('CREATE INDEX idx_security_audit_logs_severe ON public.security_audit_logs USING btree (created_at DESC) WHERE (severity = ANY (ARRAY[''ERROR''::text, ''CRITICAL''::text]))'),
            ('row level security'),
            ('policy security_audit_service_only for all to {service_role} (auth.role() = ''service_role''::text)')
    ),
    present (what) AS (
        SELECT
            'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
            || COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute AS a
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE
            a.attrelid = to_regclass('public.security_audit_logs')
            AND a.attnum > 0
            AND NOT a.attisdropped
        UNION ALL
        SELECT pg_get_constraintdef(c.oid)
        FROM pg_constraint AS c
        WHERE
            c.conrelid = to_regclass('public.security_audit_logs')
            -- Since PostgreSQL 18 these are here as well; the columns have said it already.
            AND c.contype <> 'n'
            AND c.convalidated
        UNION ALL
        SELECT pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i
        JOIN pg_class AS r ON r.oid = i.indexrelid
        WHERE
            i.indrelid = to_regclass('public.security_audit_logs')
            AND i.indisvalid
            AND NOT i.indisprimary
        UNION ALL
        SELECT 'row level security'
        FROM pg_class AS r
        WHERE
            r.oid = to_regclass('public.security_audit_logs')
            AND r.relrowsecurity
        UNION ALL
        SELECT
            'policy ' || p.policyname || ' for ' || lower(p.cmd) || ' to ' || p.roles::TEXT || ' ' || p.qual
            || CASE WHEN p.with_check = p.qual THEN '' ELSE ' with check ' || COALESCE(p.with_check, 'nothing') END
            || CASE p.permissive WHEN 'PERMISSIVE' THEN '' ELSE ' restrictive' END
        FROM pg_policies AS p
        WHERE
            p.schemaname = 'public'
            AND p.tablename = 'security_audit_logs'
        UNION ALL
        -- No policy is asked about these; the platform grants them to everybody.
        SELECT acl.privilege_type || ' for ' || COALESCE(grantee.rolname, 'PUBLIC')
        FROM pg_class AS r
        CROSS JOIN aclexplode(r.relacl) AS acl
        LEFT JOIN pg_roles AS grantee ON grantee.oid = acl.grantee
        WHERE
            r.oid = to_regclass('public.security_audit_logs')
            AND acl.grantee <> r.relowner
            AND acl.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    )
    SELECT
        string_agg(what, '; ' ORDER BY what) FILTER (WHERE is_expected),
        string_agg(what, '; ' ORDER BY what) FILTER (WHERE NOT is_expected)
    INTO lacking, beyond
    FROM (
        SELECT what, TRUE AS is_expected
        FROM (SELECT what FROM expected EXCEPT SELECT what FROM present) AS lacks
        UNION ALL
        SELECT what, FALSE
        FROM (SELECT what FROM present EXCEPT SELECT what FROM expected) AS exceeds
    ) AS differences;

    IF lacking IS NOT NULL OR beyond IS NOT NULL THEN
        RAISE EXCEPTION 'the table "security_audit_logs" is there, but differs; it lacks: %; it has instead: %',
            COALESCE(lacking, 'nothing'), COALESCE(beyond, 'nothing')
            USING HINT = 'It was made by something else than 20251111_add_security_audit_logs.sql. Save its rows, drop it, and apply that.';
    END IF;
END
$verification$;
