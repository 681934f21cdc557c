-- A session's own time is not UTC.
CREATE OR REPLACE FUNCTION retention.calls() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.calls
        WHERE started_at < localtimestamp - interval '30 days'
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
