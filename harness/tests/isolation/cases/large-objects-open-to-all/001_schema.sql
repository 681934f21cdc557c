DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'scan_app') THEN
    CREATE ROLE scan_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.scans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  office text NOT NULL,
  content oid NOT NULL
);
ALTER TABLE public.scans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.scans FORCE ROW LEVEL SECURITY;
CREATE POLICY office ON public.scans TO scan_app USING (office = nullif(current_setting('scan.office', true), ''));
GRANT SELECT, INSERT ON public.scans TO scan_app;
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET lo_compat_privileges = on', current_database());
END
$$;
