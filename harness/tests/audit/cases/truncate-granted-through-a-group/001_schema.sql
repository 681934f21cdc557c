DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pantry_app') THEN
    CREATE ROLE pantry_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pantry_staff') THEN
    CREATE ROLE pantry_staff NOLOGIN;
  END IF;
END
$$;
GRANT pantry_staff TO pantry_app;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ts timestamptz NOT NULL DEFAULT now(),
  cook text,
  table_schema name NOT NULL,
  table_name name NOT NULL,
  operation text NOT NULL,
  record_id text,
  record jsonb,
  old_record jsonb
);
CREATE FUNCTION audit.capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO audit.log (cook, table_schema, table_name, operation, record_id, record, old_record)
  VALUES (nullif(pg_catalog.current_setting('pantry.cook', true), ''), TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, coalesce(NEW.jar, OLD.jar),
          pg_catalog.to_jsonb(NEW), pg_catalog.to_jsonb(OLD));
  RETURN coalesce(NEW, OLD);
END;
$$;
CREATE TABLE public.jars (
  jar text PRIMARY KEY,
  filled_on date,
  grams integer
);
CREATE TRIGGER capture AFTER INSERT OR UPDATE OR DELETE ON public.jars FOR EACH ROW EXECUTE FUNCTION audit.capture();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.jars TO pantry_app;
GRANT ALL ON public.jars TO pantry_staff;
REVOKE TRIGGER, REFERENCES ON public.jars FROM pantry_staff;
