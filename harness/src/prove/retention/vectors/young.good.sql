CREATE OR REPLACE FUNCTION retention.events() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.events
        WHERE created_at < now() - interval '30 days' AND NOT legal_hold
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
