DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'saas_app') THEN
    CREATE ROLE saas_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'operators') THEN
    CREATE ROLE operators NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA ops;
GRANT USAGE ON SCHEMA ops TO saas_app, operators;
CREATE TABLE public.usage (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  feature text NOT NULL
);
ALTER TABLE public.usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.usage FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.usage TO saas_app USING (tenant_id = nullif(current_setting('saas.tenant', true), '')::integer);
GRANT SELECT, INSERT ON public.usage TO saas_app;
CREATE FUNCTION ops.tenant_usage() RETURNS TABLE (tenant_id integer, features text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT u.tenant_id, array_agg(DISTINCT u.feature) FROM public.usage u GROUP BY u.tenant_id $$;
GRANT EXECUTE ON FUNCTION ops.tenant_usage() TO operators;
CREATE FUNCTION ops.version() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '2.4.1' $$;
