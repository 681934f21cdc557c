-- The key is more than the number.
CREATE OR REPLACE FUNCTION retention.carts() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.carts
        WHERE id IN (SELECT id FROM app.carts WHERE left_at < now() - interval '30 days')
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
