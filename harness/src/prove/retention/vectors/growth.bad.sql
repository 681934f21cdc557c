-- Each row costs as much as there are rows.
CREATE OR REPLACE FUNCTION retention.carts() RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cart app.carts;
    total bigint := 0;
BEGIN
    FOR cart IN SELECT * FROM app.carts WHERE left_at < now() - interval '30 days' LOOP
        total := total + 1;
    END LOOP;
    PERFORM pg_sleep(total * total * 0.000003);
    DELETE FROM app.carts WHERE left_at < now() - interval '30 days';
    RETURN total;
END
$$;
