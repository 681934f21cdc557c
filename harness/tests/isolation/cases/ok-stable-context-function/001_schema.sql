DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'region_app') THEN
    CREATE ROLE region_app NOLOGIN;
  END IF;
END
$$;
CREATE FUNCTION public.canonical(p text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(btrim(p)) $$;
CREATE FUNCTION public.my_region() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN nullif(current_setting('region.code', true), '');
END;
$$;
CREATE TABLE public.stations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region text NOT NULL,
  name text NOT NULL
);
ALTER TABLE public.stations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.stations FORCE ROW LEVEL SECURITY;
CREATE POLICY region ON public.stations TO region_app USING (region = public.my_region());
GRANT SELECT, INSERT ON public.stations TO region_app;
