DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'claims_app') THEN
    CREATE ROLE claims_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.claims (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  insurer_id bigint NOT NULL,
  damage text NOT NULL,
  closed boolean NOT NULL DEFAULT false
);
ALTER TABLE public.claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.claims FORCE ROW LEVEL SECURITY;
CREATE POLICY insurer ON public.claims TO claims_app
  USING (insurer_id = nullif(current_setting('claims.insurer', true), '')::bigint);
CREATE VIEW public.open_claims AS SELECT id, damage FROM public.claims WHERE NOT closed;
GRANT SELECT, INSERT, UPDATE ON public.claims TO claims_app;
GRANT SELECT ON public.open_claims TO claims_app;
