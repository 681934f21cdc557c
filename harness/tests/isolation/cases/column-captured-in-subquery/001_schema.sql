DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pm_app') THEN
    CREATE ROLE pm_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.orgs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL
);
CREATE TABLE public.org_members (
  org_id uuid NOT NULL REFERENCES public.orgs ON DELETE CASCADE,
  user_id text NOT NULL,
  PRIMARY KEY (org_id, user_id)
);
CREATE TABLE public.projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  org_id uuid NOT NULL REFERENCES public.orgs ON DELETE CASCADE,
  name text NOT NULL
);
ALTER TABLE public.orgs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orgs FORCE ROW LEVEL SECURITY;
ALTER TABLE public.org_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.org_members FORCE ROW LEVEL SECURITY;
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.org_members FOR SELECT TO pm_app USING (user_id = current_setting('pm.user_id', true));
CREATE POLICY members_read ON public.projects FOR SELECT TO pm_app
  USING (EXISTS (SELECT 1 FROM public.org_members m WHERE m.org_id = org_id AND m.user_id = current_setting('pm.user_id', true)));
GRANT SELECT ON public.org_members, public.projects TO pm_app;
