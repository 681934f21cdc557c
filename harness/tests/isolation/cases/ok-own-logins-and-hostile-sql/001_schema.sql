DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'analyst_red') THEN
    CREATE ROLE analyst_red NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'analyst_blue') THEN
    CREATE ROLE analyst_blue NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.models (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner name NOT NULL DEFAULT current_user,
  weights bytea NOT NULL
);
ALTER TABLE public.models ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.models FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.models TO analyst_red, analyst_blue USING (owner = current_user);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.models TO analyst_red, analyst_blue;
