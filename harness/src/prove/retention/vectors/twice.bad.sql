-- Each run writes, and counts, those that were cleared long ago.
CREATE OR REPLACE FUNCTION retention.people() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        UPDATE app.people SET email = NULL
        WHERE seen_at < now() - interval '30 days'
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
