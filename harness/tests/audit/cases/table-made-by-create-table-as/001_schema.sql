DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mill_app') THEN
    CREATE ROLE mill_app NOLOGIN;
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
  VALUES (nullif(current_setting('mill.miller', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;

CREATE SCHEMA mill;
CREATE FUNCTION audit.attach() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT c.oid::regclass AS relation FROM pg_event_trigger_ddl_commands() d JOIN pg_class c ON c.oid = d.objid
              WHERE d.classid = 'pg_class'::regclass AND c.relkind = 'r' AND d.schema_name = 'mill' AND d.command_tag = 'CREATE TABLE' LOOP
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record()', made.relation);
  END LOOP;
END;
$$;
CREATE EVENT TRIGGER attach_audit ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION audit.attach();
CREATE TABLE mill.grain (
  id integer PRIMARY KEY,
  sort text NOT NULL,
  tons numeric
);
CREATE TABLE mill.flour AS SELECT id, sort, tons, false AS sold FROM mill.grain;
ALTER TABLE mill.flour ADD PRIMARY KEY (id);
GRANT USAGE ON SCHEMA mill TO mill_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA mill TO mill_app;
