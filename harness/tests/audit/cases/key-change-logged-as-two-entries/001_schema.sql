DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'catalog_app') THEN
    CREATE ROLE catalog_app NOLOGIN;
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
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who text := nullif(current_setting('catalog.editor', true), '');
BEGIN
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
    VALUES (who, TG_TABLE_NAME, TG_OP, OLD.isbn, to_jsonb(OLD), to_jsonb(NEW));
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.isbn <> OLD.isbn) THEN
    INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
    VALUES (who, TG_TABLE_NAME, TG_OP, NEW.isbn, to_jsonb(OLD), to_jsonb(NEW));
  END IF;
  RETURN NULL;
END;
$$;
CREATE TABLE public.titles (
  isbn text PRIMARY KEY,
  name text NOT NULL
);
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.titles FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.titles TO catalog_app;
