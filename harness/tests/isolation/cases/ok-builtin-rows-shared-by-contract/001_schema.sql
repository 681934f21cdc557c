DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tpl_app') THEN
    CREATE ROLE tpl_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.templates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id integer,
  body text NOT NULL
);
ALTER TABLE public.templates ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.templates FORCE ROW LEVEL SECURITY;
CREATE POLICY see ON public.templates FOR SELECT TO tpl_app
  USING (org_id IS NULL OR org_id = nullif(current_setting('tpl.org', true), '')::integer);
CREATE POLICY add ON public.templates FOR INSERT TO tpl_app
  WITH CHECK (org_id = nullif(current_setting('tpl.org', true), '')::integer);
CREATE POLICY change ON public.templates FOR UPDATE TO tpl_app
  USING (org_id = nullif(current_setting('tpl.org', true), '')::integer);
CREATE POLICY remove ON public.templates FOR DELETE TO tpl_app
  USING (org_id = nullif(current_setting('tpl.org', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.templates TO tpl_app;
