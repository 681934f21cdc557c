DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mart_app') THEN
    CREATE ROLE mart_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.addresses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES public.customers,
  street text NOT NULL
);
CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES public.customers,
  ordered_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.customers, public.addresses, public.orders TO mart_app;
CREATE FUNCTION retention.drop_orders(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.orders WHERE ordered_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  DELETE FROM public.addresses a WHERE NOT EXISTS (SELECT FROM public.orders o WHERE o.customer_id = a.customer_id);
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_orders(integer) FROM PUBLIC;
