DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_api') THEN
    CREATE ROLE portal_api NOLOGIN CREATEROLE;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'claims_adjuster') THEN
    CREATE ROLE claims_adjuster NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.claims (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  insured integer NOT NULL,
  story text NOT NULL
);
ALTER TABLE public.claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.claims FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.claims TO portal_api USING (insured = nullif(current_setting('portal.insured', true), '')::integer);
CREATE POLICY adjusters ON public.claims TO claims_adjuster USING (true);
GRANT SELECT, INSERT ON public.claims TO portal_api;
GRANT SELECT, UPDATE ON public.claims TO claims_adjuster;
