-- Run after 006: raises where something is lacking or differs, which IF NOT EXISTS alone would pass over in silence.
-- Changes nothing.

DO $verification$
DECLARE
    lacking TEXT;
BEGIN
    WITH expected (what) AS (
        VALUES
            ('column password_hash text'),
            ('column email_verified boolean default false'),
            ('column force_password_change boolean default false'),
            ('CREATE INDEX idx_users_email_hash ON public.users USING btree (email, password_hash)'),
            ('CREATE INDEX idx_users_email_verified ON public.users USING btree (email_verified)')
    ),
    present (what) AS (
        SELECT
            'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
            || COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute AS a
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE
            a.attrelid = to_regclass('public.users')
            AND a.attnum > 0
            AND NOT a.attisdropped
        UNION ALL
        SELECT pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i
        WHERE
            i.indrelid = to_regclass('public.users')
            AND i.indisvalid
    )
    SELECT string_agg(expected.what, '; ' ORDER BY expected.what)
    INTO lacking
    FROM expected
    WHERE NOT EXISTS (SELECT FROM present WHERE present.what = expected.what);

    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION '006 is not in place on "users": %', lacking
            USING HINT = 'Apply 006_add_password_hash_column.sql; alter by hand what has another type.';
    END IF;
END
$verification$;
