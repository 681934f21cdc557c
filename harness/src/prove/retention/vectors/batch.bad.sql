-- A batch, and no loop around it.
CREATE OR REPLACE FUNCTION retention.carts() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.carts
        WHERE (shop_id, id) IN (
            SELECT shop_id, id FROM app.carts WHERE left_at < now() - interval '30 days' LIMIT 100
        )
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
