DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE FUNCTION public.uid() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
CREATE TABLE public.articles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  author_id uuid NOT NULL DEFAULT public.uid(),
  headline text NOT NULL,
  published_at timestamptz
);
ALTER TABLE public.articles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.articles FORCE ROW LEVEL SECURITY;
CREATE POLICY read ON public.articles FOR SELECT TO authenticated USING (published_at IS NOT NULL OR author_id = public.uid());
CREATE POLICY write ON public.articles FOR INSERT TO authenticated WITH CHECK (author_id = public.uid());
CREATE POLICY edit ON public.articles FOR UPDATE TO authenticated USING (published_at IS NOT NULL OR author_id = public.uid());
GRANT SELECT, INSERT, UPDATE ON public.articles TO authenticated;
