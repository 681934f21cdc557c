DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tax_app') THEN
    CREATE ROLE tax_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.tax_rates (
  code text PRIMARY KEY,
  percent numeric NOT NULL,
  note text
);
INSERT INTO public.tax_rates VALUES ('standard', 19), ('reduced', 7);
CREATE TABLE public.items (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  firm_id integer NOT NULL,
  tax_code text NOT NULL REFERENCES public.tax_rates
);
ALTER TABLE public.items ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.items FORCE ROW LEVEL SECURITY;
CREATE POLICY firm ON public.items TO tax_app USING (firm_id = nullif(current_setting('tax.firm', true), '')::integer);
GRANT SELECT, UPDATE (note) ON public.tax_rates TO tax_app;
GRANT SELECT, INSERT, UPDATE ON public.items TO tax_app;
