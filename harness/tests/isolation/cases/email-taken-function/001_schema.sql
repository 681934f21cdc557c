DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'signup_app') THEN
    CREATE ROLE signup_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  email text NOT NULL,
  UNIQUE (tenant_id, email)
);
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.customers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.customers TO signup_app USING (tenant_id = nullif(current_setting('signup.tenant', true), '')::integer);
GRANT SELECT, INSERT ON public.customers TO signup_app;
CREATE FUNCTION public.email_taken(p_email text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM public.customers c WHERE lower(c.email) = lower(p_email)) $$;
