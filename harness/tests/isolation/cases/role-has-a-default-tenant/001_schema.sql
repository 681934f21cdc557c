DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kiosk') THEN
    CREATE ROLE kiosk NOLOGIN;
  END IF;
END
$$;
ALTER ROLE kiosk SET kiosk.shop = '1';
CREATE TABLE public.sales (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop integer NOT NULL,
  amount numeric NOT NULL
);
ALTER TABLE public.sales ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sales FORCE ROW LEVEL SECURITY;
CREATE POLICY shop ON public.sales TO kiosk USING (shop = current_setting('kiosk.shop')::integer);
GRANT SELECT, INSERT ON public.sales TO kiosk;
