DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'names_app') THEN
    CREATE ROLE names_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.people (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  registry_id integer NOT NULL,
  name text NOT NULL
);
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.people FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.fold(p text) RETURNS text LANGUAGE sql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS
$$ SELECT translate(p, 'ÄÖÜäöü', 'AOUaou') $$;
CREATE POLICY registry ON public.people TO names_app USING (registry_id = nullif(current_setting('names.registry', true), '')::integer);
GRANT SELECT, INSERT ON public.people TO names_app;
