DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hooks_api') THEN
    CREATE ROLE hooks_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.webhooks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  account_slug text NOT NULL,
  target_url text NOT NULL CHECK (target_url LIKE 'https://%')
);
ALTER TABLE public.webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY webhooks_read ON public.webhooks FOR SELECT TO hooks_api
  USING (account_slug = nullif(current_setting('app.account_slug', true), ''));
CREATE POLICY webhooks_add ON public.webhooks FOR INSERT TO hooks_api WITH CHECK (true);
GRANT SELECT, INSERT ON public.webhooks TO hooks_api;
