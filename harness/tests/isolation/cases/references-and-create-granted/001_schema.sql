DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ext_app') THEN
    CREATE ROLE ext_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA sandbox;
GRANT USAGE, CREATE ON SCHEMA sandbox TO ext_app;
CREATE TABLE public.customers (
  email text PRIMARY KEY,
  tenant_id integer NOT NULL
);
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.customers FOR SELECT TO ext_app USING (tenant_id = nullif(current_setting('ext.tenant', true), '')::integer);
GRANT SELECT, REFERENCES ON public.customers TO ext_app;
