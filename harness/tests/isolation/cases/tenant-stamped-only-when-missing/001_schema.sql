DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stamp_app') THEN
    CREATE ROLE stamp_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.readings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id integer NOT NULL,
  value numeric NOT NULL
);
ALTER TABLE public.readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.readings FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.site_id := current_setting('stamp.site')::integer;
  RETURN NEW;
END;
$$;
CREATE TRIGGER stamp BEFORE INSERT ON public.readings FOR EACH ROW WHEN (NEW.site_id IS NULL) EXECUTE FUNCTION public.stamp();
CREATE POLICY see ON public.readings FOR SELECT TO stamp_app USING (site_id = nullif(current_setting('stamp.site', true), '')::integer);
CREATE POLICY add ON public.readings FOR INSERT TO stamp_app WITH CHECK (site_id IS NOT NULL);
GRANT SELECT, INSERT ON public.readings TO stamp_app;
