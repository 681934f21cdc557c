DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shift_app') THEN
    CREATE ROLE shift_app NOLOGIN;
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
  INSERT INTO audit.log (at, actor, table_name, op, row_id, old_row, new_row)
  VALUES (coalesce(NEW.updated_at, OLD.updated_at, now()), nullif(current_setting('shift.lead', true), ''), TG_RELID::regclass, TG_OP, coalesce(NEW.id, OLD.id), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TABLE public.stamps (
  id integer PRIMARY KEY,
  worker text,
  updated_at timestamptz
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.stamps FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.stamps TO shift_app;
