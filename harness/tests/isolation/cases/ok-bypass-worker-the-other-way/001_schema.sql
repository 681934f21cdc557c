DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_api') THEN
    CREATE ROLE crm_api NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cleanup_worker') THEN
    CREATE ROLE cleanup_worker NOLOGIN BYPASSRLS;
  END IF;
END
$$;
GRANT crm_api TO cleanup_worker;
CREATE TABLE public.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id bigint NOT NULL,
  email text NOT NULL,
  UNIQUE (tenant_id, email)
);
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.customers TO crm_api USING (tenant_id = nullif(current_setting('crm.tenant', true), '')::bigint);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.customers TO crm_api;
