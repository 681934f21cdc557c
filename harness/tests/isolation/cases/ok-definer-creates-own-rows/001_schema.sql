DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'order_api') THEN
    CREATE ROLE order_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text,
  what text NOT NULL
);
CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id integer NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0)
);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.orders FOR SELECT TO order_api
  USING (customer_id = nullif(current_setting('shop.customer', true), '')::integer);
GRANT SELECT ON public.orders TO order_api;
CREATE FUNCTION public.create_order(p_quantity integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made bigint;
BEGIN
  INSERT INTO public.orders (customer_id, quantity)
  VALUES (nullif(current_setting('shop.customer', true), '')::integer, p_quantity)
  RETURNING id INTO made;
  INSERT INTO audit.entries (actor, what) VALUES (current_setting('shop.customer', true), 'order ' || made);
  RETURN made;
END;
$$;
