-- Of rows that are not done the contract says nothing.
CREATE OR REPLACE FUNCTION retention.events() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.events
        WHERE created_at < now() - interval '30 days' AND NOT legal_hold AND status = 'done'
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
