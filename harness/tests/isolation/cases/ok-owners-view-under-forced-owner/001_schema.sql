DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orders_owner') THEN
    CREATE ROLE orders_owner NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orders_app') THEN
    CREATE ROLE orders_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop_id integer NOT NULL,
  total numeric NOT NULL,
  shipped boolean NOT NULL DEFAULT false
);
ALTER TABLE public.orders OWNER TO orders_owner;
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY shop ON public.orders USING (shop_id = nullif(current_setting('app.shop', true), '')::integer);
CREATE VIEW public.open_orders AS SELECT id, shop_id, total FROM public.orders WHERE NOT shipped;
ALTER VIEW public.open_orders OWNER TO orders_owner;
GRANT SELECT ON public.orders, public.open_orders TO orders_app;
