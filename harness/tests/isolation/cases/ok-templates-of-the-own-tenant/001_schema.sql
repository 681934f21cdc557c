DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'check_app') THEN
    CREATE ROLE check_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.checklists (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'live', 'template')),
  is_demo boolean NOT NULL DEFAULT false,
  title text NOT NULL
);
ALTER TABLE public.checklists ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.checklists FORCE ROW LEVEL SECURITY;
CREATE POLICY live ON public.checklists FOR SELECT TO check_app
  USING ((status = 'live' OR is_demo) AND org_id = nullif(current_setting('lists.org', true), '')::uuid);
CREATE POLICY templates ON public.checklists FOR SELECT TO check_app
  USING (CASE WHEN status = 'template' THEN org_id = nullif(current_setting('lists.org', true), '')::uuid ELSE false END);
CREATE POLICY nothing ON public.checklists FOR SELECT TO check_app USING (false);
CREATE POLICY add ON public.checklists FOR INSERT TO check_app
  WITH CHECK (org_id = nullif(current_setting('lists.org', true), '')::uuid);
GRANT SELECT, INSERT ON public.checklists TO check_app;
