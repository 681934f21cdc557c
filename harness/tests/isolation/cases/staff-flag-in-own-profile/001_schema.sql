DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO authenticated;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
CREATE TABLE public.profiles (
  id uuid PRIMARY KEY,
  nickname text NOT NULL,
  is_staff boolean NOT NULL DEFAULT false
);
CREATE TABLE public.health_records (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  patient_id uuid NOT NULL REFERENCES public.profiles,
  diagnosis text NOT NULL
);
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.health_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.health_records FORCE ROW LEVEL SECURITY;
CREATE POLICY self_read ON public.profiles FOR SELECT TO authenticated USING (id = auth.uid());
CREATE POLICY self_edit ON public.profiles FOR UPDATE TO authenticated USING (id = auth.uid());
CREATE POLICY self_or_staff ON public.health_records FOR SELECT TO authenticated
  USING (patient_id = auth.uid() OR EXISTS (SELECT 1 FROM public.profiles p WHERE p.id = auth.uid() AND p.is_staff));
GRANT SELECT, UPDATE ON public.profiles TO authenticated;
GRANT SELECT ON public.health_records TO authenticated;
