-- Without a time it is taken for the oldest.
CREATE OR REPLACE FUNCTION retention.events() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.events
        WHERE coalesce(created_at, 'epoch') < now() - interval '30 days' AND NOT legal_hold
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
