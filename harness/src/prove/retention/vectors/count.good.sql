CREATE OR REPLACE FUNCTION retention.run() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT retention.events() + retention.conversations() + retention.calls() + retention.people()
        + retention.orders() + retention.carts()
$$;
