DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'merge_app') THEN
    CREATE ROLE merge_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA backup;
GRANT USAGE ON SCHEMA backup TO merge_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA backup GRANT SELECT ON TABLES TO PUBLIC;
CREATE TABLE public.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id bigint NOT NULL,
  email text NOT NULL
);
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.customers TO merge_app USING (tenant_id = nullif(current_setting('merge.tenant', true), '')::bigint);
GRANT SELECT, INSERT, UPDATE ON public.customers TO merge_app;
CREATE TABLE backup.customers_before_merge AS SELECT * FROM public.customers;
