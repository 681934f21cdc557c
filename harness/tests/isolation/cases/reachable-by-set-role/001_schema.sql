DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'invoice_app') THEN
    CREATE ROLE invoice_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'report_admin') THEN
    CREATE ROLE report_admin NOLOGIN;
  END IF;
END
$$;
ALTER ROLE invoice_app NOINHERIT;
GRANT report_admin TO invoice_app;
CREATE TABLE public.invoices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  firm_id integer NOT NULL,
  total numeric NOT NULL
);
ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY firm ON public.invoices TO invoice_app USING (firm_id = nullif(current_setting('invoice.firm', true), '')::integer);
CREATE POLICY reports ON public.invoices FOR SELECT TO report_admin USING (true);
GRANT SELECT, INSERT ON public.invoices TO invoice_app;
GRANT SELECT ON public.invoices TO report_admin;
