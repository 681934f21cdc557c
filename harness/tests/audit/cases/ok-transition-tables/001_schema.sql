DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'farm_app') THEN
    CREATE ROLE farm_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.row_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  farmer text,
  schema_name name NOT NULL,
  table_name name NOT NULL,
  event text NOT NULL,
  row_key jsonb NOT NULL,
  old_data jsonb,
  new_data jsonb
);
CREATE TABLE public.fields (
  field_no integer PRIMARY KEY,
  crop text,
  sown_on date
);
CREATE TABLE public.harvests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  field_no integer REFERENCES public.fields ON DELETE CASCADE,
  tons numeric NOT NULL
);
CREATE FUNCTION audit.keep_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the key of % cannot be changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END;
$$;
CREATE FUNCTION audit.statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key text := TG_ARGV[0];
  who text := nullif(current_setting('farm.farmer', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit.row_log (farmer, schema_name, table_name, event, row_key, new_data)
    SELECT who, TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, jsonb_build_object(key, to_jsonb(n) -> key), to_jsonb(n) FROM new_rows n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit.row_log (farmer, schema_name, table_name, event, row_key, old_data)
    SELECT who, TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, jsonb_build_object(key, to_jsonb(o) -> key), to_jsonb(o) FROM old_rows o;
  ELSE
    INSERT INTO audit.row_log (farmer, schema_name, table_name, event, row_key, old_data, new_data)
    SELECT who, TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, jsonb_build_object(key, to_jsonb(o) -> key), to_jsonb(o), to_jsonb(n)
    FROM old_rows o JOIN new_rows n ON to_jsonb(o) -> key = to_jsonb(n) -> key;
  END IF;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.statement(), audit.keep_key() FROM PUBLIC;
CREATE TRIGGER ins AFTER INSERT ON public.fields REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.statement('field_no');
CREATE TRIGGER upd AFTER UPDATE ON public.fields REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.statement('field_no');
CREATE TRIGGER del AFTER DELETE ON public.fields REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.statement('field_no');
CREATE TRIGGER keep_key BEFORE UPDATE ON public.fields FOR EACH ROW WHEN (OLD.field_no <> NEW.field_no) EXECUTE FUNCTION audit.keep_key();
CREATE TRIGGER ins AFTER INSERT ON public.harvests REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.statement('id');
CREATE TRIGGER upd AFTER UPDATE ON public.harvests REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.statement('id');
CREATE TRIGGER del AFTER DELETE ON public.harvests REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.statement('id');
CREATE TRIGGER keep_key BEFORE UPDATE ON public.harvests FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION audit.keep_key();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.fields, public.harvests TO farm_app;
