DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pier_app') THEN
    CREATE ROLE pier_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('pier.guard', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_ARGV[0], coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.moorings (
  id integer PRIMARY KEY,
  boat text
);
CREATE TRIGGER audit_insert AFTER INSERT ON public.moorings FOR EACH ROW EXECUTE FUNCTION audit.record('INSERT');
CREATE TRIGGER audit_update AFTER UPDATE ON public.moorings FOR EACH ROW EXECUTE FUNCTION audit.record('UPDATE');
CREATE TRIGGER audit_delete AFTER DELETE ON public.moorings FOR EACH ROW EXECUTE FUNCTION audit.record('UPDATE');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.moorings TO pier_app;
