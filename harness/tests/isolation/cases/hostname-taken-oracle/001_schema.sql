DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dns_app') THEN
    CREATE ROLE dns_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.domains (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer_id uuid NOT NULL,
  hostname text NOT NULL,
  CONSTRAINT domains_hostname_key UNIQUE (hostname)
);
ALTER TABLE public.domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.domains FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.domains TO dns_app
  USING (customer_id = nullif(current_setting('dns.customer', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON public.domains TO dns_app;
