DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'law_app') THEN
    CREATE ROLE law_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.cases (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id uuid NOT NULL,
  file_no text NOT NULL,
  closed boolean NOT NULL DEFAULT false
);
ALTER TABLE public.cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.cases FORCE ROW LEVEL SECURITY;
CREATE POLICY client ON public.cases TO law_app USING (client_id = nullif(current_setting('law.client', true), '')::uuid);
CREATE VIEW public.case_base AS SELECT id, client_id, file_no, closed FROM public.cases;
CREATE VIEW public.my_cases WITH (security_invoker, security_barrier) AS
  SELECT id, file_no FROM public.case_base
  WHERE client_id = nullif(current_setting('law.client', true), '')::uuid AND NOT closed;
GRANT SELECT ON public.cases, public.case_base, public.my_cases TO law_app;
