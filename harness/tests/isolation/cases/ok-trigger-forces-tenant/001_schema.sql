DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'upload_app') THEN
    CREATE ROLE upload_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.uploads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  name text NOT NULL
);
ALTER TABLE public.uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.uploads FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.stamp_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.tenant_id := nullif(current_setting('upload.tenant', true), '')::integer;
  RETURN NEW;
END;
$$;
CREATE TRIGGER stamp_tenant BEFORE INSERT ON public.uploads FOR EACH ROW EXECUTE FUNCTION public.stamp_tenant();
CREATE POLICY see ON public.uploads FOR SELECT TO upload_app USING (tenant_id = nullif(current_setting('upload.tenant', true), '')::integer);
CREATE POLICY add ON public.uploads FOR INSERT TO upload_app WITH CHECK (true);
GRANT SELECT, INSERT ON public.uploads TO upload_app;
