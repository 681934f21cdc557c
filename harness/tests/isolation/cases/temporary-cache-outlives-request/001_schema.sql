DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cache_app') THEN
    CREATE ROLE cache_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.projects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  name text NOT NULL
);
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.projects TO cache_app USING (tenant_id = nullif(current_setting('cache.tenant', true), '')::integer);
GRANT SELECT, INSERT ON public.projects TO cache_app;
CREATE FUNCTION public.my_projects() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('pg_temp.project_cache') IS NULL THEN
    CREATE TEMP TABLE project_cache AS SELECT name FROM public.projects;
  END IF;
  RETURN QUERY SELECT name FROM pg_temp.project_cache;
END;
$$;
