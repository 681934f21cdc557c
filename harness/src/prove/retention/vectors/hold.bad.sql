-- Nobody asks for holds.
CREATE OR REPLACE FUNCTION retention.events() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.events
        WHERE created_at < now() - interval '30 days'
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
