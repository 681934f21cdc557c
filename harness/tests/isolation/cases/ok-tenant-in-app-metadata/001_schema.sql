DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO authenticated;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS
$$ SELECT COALESCE(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $$;
CREATE FUNCTION auth.theme() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT auth.jwt() -> 'user_metadata' ->> 'theme' $$;
CREATE TABLE public.assets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  name text NOT NULL
);
ALTER TABLE public.assets ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.assets TO authenticated
  USING (tenant_id = ((SELECT auth.jwt()) -> 'app_metadata' ->> 'tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.assets TO authenticated;
