DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inv_app') THEN
    CREATE ROLE inv_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.invoices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  total numeric NOT NULL CHECK (total >= 0)
);
ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY account ON public.invoices TO inv_app USING (account = nullif(current_setting('inv.account', true), ''));
GRANT SELECT, INSERT ON public.invoices TO inv_app;
CREATE TABLE public.invoices_archive (LIKE public.invoices INCLUDING ALL);
GRANT SELECT ON public.invoices_archive TO inv_app;
