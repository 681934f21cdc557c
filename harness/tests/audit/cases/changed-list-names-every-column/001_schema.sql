DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'roster_app') THEN
    CREATE ROLE roster_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  user_id text,
  table_schema text NOT NULL,
  table_name text NOT NULL,
  operation text NOT NULL,
  record_id text NOT NULL,
  old_values jsonb,
  new_values jsonb,
  changed_fields text[]
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO names FROM pg_attribute a WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped;
  END IF;
  INSERT INTO audit.log (user_id, table_schema, table_name, operation, record_id, old_values, new_values, changed_fields)
  VALUES (nullif(current_setting('roster.lead', true), ''), TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW), names);
  RETURN NULL;
END;
$$;
CREATE TABLE public.shifts (
  id integer PRIMARY KEY,
  person text NOT NULL,
  starts_at timestamptz NOT NULL DEFAULT now(),
  room text
);
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.shifts FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.shifts TO roster_app;
