DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'school_app') THEN
    CREATE ROLE school_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.touches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  teacher text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  changed text[]
);
CREATE FUNCTION audit.touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key_column text;
  was jsonb := to_jsonb(OLD);
  is_now jsonb := to_jsonb(NEW);
BEGIN
  SELECT a.attname INTO key_column FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = TG_RELID AND i.indisprimary;
  INSERT INTO audit.touches (teacher, table_name, op, row_id, changed)
  VALUES (nullif(current_setting('school.teacher', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(was, is_now) ->> key_column,
          (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(is_now) k WHERE TG_OP = 'UPDATE' AND was -> k IS DISTINCT FROM is_now -> k));
  RETURN NULL;
END;
$$;
CREATE TABLE public.pupils (
  id integer PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.marks (
  pupil_id integer NOT NULL REFERENCES public.pupils,
  subject text NOT NULL,
  mark integer,
  PRIMARY KEY (pupil_id, subject)
);
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON public.pupils FOR EACH ROW EXECUTE FUNCTION audit.touch();
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE ON public.marks FOR EACH ROW EXECUTE FUNCTION audit.touch();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.pupils, public.marks TO school_app;
