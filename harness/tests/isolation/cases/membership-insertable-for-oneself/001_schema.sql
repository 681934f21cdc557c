DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'docs_api') THEN
    CREATE ROLE docs_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.memberships (
  org_id integer NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin')),
  PRIMARY KEY (org_id, user_id)
);
CREATE TABLE public.documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id integer NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.documents FORCE ROW LEVEL SECURITY;
CREATE POLICY own_read ON public.memberships FOR SELECT TO docs_api
  USING (user_id = nullif(current_setting('app.user_id', true), '')::uuid);
CREATE POLICY own_join ON public.memberships FOR INSERT TO docs_api
  WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);
CREATE POLICY member_read ON public.documents FOR SELECT TO docs_api
  USING (org_id IN (SELECT m.org_id FROM public.memberships m WHERE m.user_id = nullif(current_setting('app.user_id', true), '')::uuid));
GRANT SELECT, INSERT ON public.memberships TO docs_api;
GRANT SELECT ON public.documents TO docs_api;
