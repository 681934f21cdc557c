DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tariff_app') THEN
    CREATE ROLE tariff_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text,
  changed jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  is_now jsonb := to_jsonb(NEW);
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, changed)
  VALUES (nullif(current_setting('tariff.clerk', true), ''), TG_TABLE_NAME, TG_OP, coalesce(is_now ->> 'id', was ->> 'id'),
          (SELECT jsonb_object_agg(k, is_now -> k) FROM jsonb_object_keys(is_now) k WHERE TG_OP = 'UPDATE' AND was -> k IS DISTINCT FROM is_now -> k));
  RETURN NULL;
END;
$$;
CREATE TABLE public.zones (
  id integer PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.fares (
  fare_code text PRIMARY KEY,
  cents integer NOT NULL
);
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.zones FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.fares FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.zones, public.fares TO tariff_app;
