DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'prices_app') THEN
    CREATE ROLE prices_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA ref;
GRANT USAGE ON SCHEMA ref TO prices_app;
CREATE TABLE public.currencies (
  code char(3) PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
  digits smallint NOT NULL DEFAULT 2
);
CREATE TABLE ref.units (
  id smallint PRIMARY KEY,
  label text NOT NULL UNIQUE
);
INSERT INTO public.currencies (code) VALUES ('EUR'), ('USD');
INSERT INTO ref.units VALUES (1, 'piece'), (2, 'kg');
CREATE TABLE public.prices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  vendor_id integer NOT NULL,
  currency char(3) NOT NULL REFERENCES public.currencies,
  unit smallint NOT NULL REFERENCES ref.units,
  amount numeric NOT NULL
);
ALTER TABLE public.prices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.prices FORCE ROW LEVEL SECURITY;
CREATE POLICY vendor ON public.prices TO prices_app
  USING (vendor_id = nullif(current_setting('prices.vendor', true), '')::integer);
GRANT SELECT ON public.currencies, ref.units TO prices_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.prices TO prices_app;
