DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'loan_app') THEN
    CREATE ROLE loan_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.risk_scores (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  applicant integer NOT NULL,
  score integer NOT NULL
);
CREATE TABLE public.applications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  applicant integer NOT NULL,
  amount numeric NOT NULL
);
ALTER TABLE public.risk_scores ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.risk_scores FORCE ROW LEVEL SECURITY;
ALTER TABLE public.applications ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.applications FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.applications TO loan_app USING (applicant = nullif(current_setting('loan.applicant', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.risk_scores, public.applications TO loan_app;
