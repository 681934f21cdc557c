DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_api') THEN
    CREATE ROLE shop_api NOLOGIN;
  END IF;
END
$$;
CREATE FUNCTION public.current_shop() RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
  raw text := current_setting('shop.id', true);
BEGIN
  IF raw IS NULL OR raw = '' THEN
    RETURN NULL;
  END IF;
  RETURN raw::integer;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN 0;
END;
$$;
CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop_id integer NOT NULL CHECK (shop_id > 0),
  total numeric NOT NULL
);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY shop ON public.orders TO shop_api
  USING (shop_id = public.current_shop() OR public.current_shop() = 0)
  WITH CHECK (shop_id = public.current_shop());
GRANT SELECT, INSERT ON public.orders TO shop_api;
