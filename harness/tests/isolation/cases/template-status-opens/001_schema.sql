DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mailer_app') THEN
    CREATE ROLE mailer_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.campaigns (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace text NOT NULL CHECK (workspace <> ''),
  subject text NOT NULL,
  status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'scheduled', 'sent', 'template'))
);
ALTER TABLE public.campaigns ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.campaigns FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace_rows ON public.campaigns TO mailer_app
  USING (workspace = current_setting('app.workspace', true))
  WITH CHECK (workspace = current_setting('app.workspace', true));
CREATE POLICY templates ON public.campaigns FOR SELECT TO mailer_app USING (status = 'template');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.campaigns TO mailer_app;
