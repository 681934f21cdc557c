DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app') THEN
    CREATE ROLE shop_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.carts (
  shop_id integer NOT NULL,
  cart_no integer NOT NULL,
  left_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shop_id, cart_no)
);
GRANT SELECT, INSERT, UPDATE ON public.carts TO shop_app;
CREATE FUNCTION retention.sweep_carts(p_shop integer, p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.carts
  WHERE cart_no IN (SELECT cart_no FROM public.carts WHERE shop_id = p_shop AND left_at < now() - make_interval(days => p_days));
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.sweep_carts(integer, integer) FROM PUBLIC;
