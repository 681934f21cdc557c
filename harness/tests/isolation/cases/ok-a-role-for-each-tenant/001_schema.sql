DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_berlin') THEN
    CREATE ROLE shop_berlin NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_paris') THEN
    CREATE ROLE shop_paris NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pos_gateway') THEN
    CREATE ROLE pos_gateway NOLOGIN;
  END IF;
END
$$;
ALTER ROLE pos_gateway NOINHERIT;
GRANT shop_berlin, shop_paris TO pos_gateway;
CREATE TABLE public.stock (
  shop name NOT NULL DEFAULT current_user,
  sku text NOT NULL,
  quantity integer NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (shop, sku)
);
ALTER TABLE public.stock ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.stock FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.stock TO shop_berlin, shop_paris USING (shop = current_user) WITH CHECK (shop = current_user);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.stock TO shop_berlin, shop_paris;
