DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orgs_app') THEN
    CREATE ROLE orgs_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.people (
  id uuid PRIMARY KEY,
  org_id integer NOT NULL
);
CREATE TABLE public.plans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id integer NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.people FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plans FORCE ROW LEVEL SECURITY;
CREATE POLICY self ON public.people FOR SELECT TO orgs_app USING (id = nullif(current_setting('orgs.user_id', true), '')::uuid);
CREATE FUNCTION public.current_org() RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
  known text := nullif(current_setting('orgs.cached_org', true), '');
BEGIN
  IF known IS NULL THEN
    SELECT org_id::text INTO known FROM public.people WHERE id = nullif(current_setting('orgs.user_id', true), '')::uuid;
    PERFORM set_config('orgs.cached_org', known, false);
  END IF;
  RETURN known::integer;
END;
$$;
CREATE POLICY org ON public.plans FOR SELECT TO orgs_app USING (org_id = public.current_org());
GRANT SELECT ON public.people, public.plans TO orgs_app;
