-- A sum is not kept.
CREATE OR REPLACE FUNCTION retention.orders() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.orders WHERE ordered_at < now() - interval '30 days' RETURNING *
    ), kept AS (
        INSERT INTO archive.orders SELECT id, item, 0, ordered_at FROM gone RETURNING id
    )
    SELECT count(*) FROM kept
$$;
