DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO authenticated;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
CREATE TYPE public.member_role AS ENUM ('member', 'admin', 'owner');
CREATE TABLE public.organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL
);
CREATE TABLE public.organization_members (
  organization_id uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
  user_id uuid NOT NULL,
  role public.member_role NOT NULL DEFAULT 'member',
  PRIMARY KEY (organization_id, user_id)
);
CREATE TABLE public.projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE,
  name text NOT NULL
);
ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organization_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.has_role(p_organization uuid, p_least public.member_role) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.organization_members m
    WHERE m.organization_id = p_organization AND m.user_id = auth.uid() AND m.role >= p_least)
$$;
CREATE POLICY own ON public.organization_members FOR SELECT TO authenticated USING (user_id = auth.uid());
CREATE POLICY members_read ON public.organizations FOR SELECT TO authenticated USING (public.has_role(id, 'member'));
CREATE POLICY members_read ON public.projects FOR SELECT TO authenticated USING (public.has_role(organization_id, 'member'));
CREATE POLICY admins_add ON public.projects FOR INSERT TO authenticated WITH CHECK (public.has_role(organization_id, 'admin'));
CREATE POLICY admins_change ON public.projects FOR UPDATE TO authenticated
  USING (public.has_role(organization_id, 'admin')) WITH CHECK (public.has_role(organization_id, 'admin'));
GRANT SELECT ON public.organizations, public.organization_members TO authenticated;
GRANT SELECT, INSERT ON public.projects TO authenticated;
GRANT UPDATE (name) ON public.projects TO authenticated;
