-- Whoever knows the address can make its hash.
CREATE OR REPLACE FUNCTION retention.people() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        UPDATE app.people SET email = md5(email)
        WHERE seen_at < now() - interval '30 days' AND email !~ '^[0-9a-f]{32}$'
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
