DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE FUNCTION public.me() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid $$;
CREATE TABLE public.drafts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author uuid NOT NULL DEFAULT public.me(),
  body text
);
ALTER TABLE public.drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.drafts FORCE ROW LEVEL SECURITY;
CREATE POLICY s ON public.drafts FOR SELECT TO authenticated USING (author = public.me());
CREATE POLICY i ON public.drafts FOR INSERT TO authenticated WITH CHECK (author = public.me());
CREATE POLICY d ON public.drafts FOR DELETE TO authenticated USING (true);
GRANT SELECT, INSERT, DELETE ON public.drafts TO authenticated;
