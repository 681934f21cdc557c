DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'user_app') THEN
    CREATE ROLE user_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  email text NOT NULL UNIQUE,
  display_name text NOT NULL
);
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.users TO user_app USING (tenant_id = nullif(current_setting('user_app.tenant', true), '')::uuid);
GRANT SELECT ON public.users TO user_app;
GRANT UPDATE (display_name) ON public.users TO user_app;
