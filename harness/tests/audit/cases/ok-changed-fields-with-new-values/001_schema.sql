DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'harbour_app') THEN
    CREATE ROLE harbour_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
REVOKE ALL ON SCHEMA audit FROM PUBLIC;
CREATE TABLE audit.logged_actions (
  event_id bigserial PRIMARY KEY,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  relid oid NOT NULL,
  session_user_name text,
  action_tstamp_tx timestamptz NOT NULL,
  action_tstamp_stm timestamptz NOT NULL,
  transaction_id bigint,
  application_name text,
  harbour_master text,
  action text NOT NULL CHECK (action IN ('I', 'D', 'U', 'T')),
  row_key text,
  row_data jsonb,
  changed_fields jsonb,
  statement_only boolean NOT NULL
);
CREATE FUNCTION audit.if_modified_func() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  audit_row audit.logged_actions;
  excluded_cols text[] := coalesce(TG_ARGV[0], '{}')::text[];
BEGIN
  audit_row.event_id := nextval('audit.logged_actions_event_id_seq');
  audit_row.schema_name := TG_TABLE_SCHEMA;
  audit_row.table_name := TG_TABLE_NAME;
  audit_row.relid := TG_RELID;
  audit_row.session_user_name := session_user;
  audit_row.action_tstamp_tx := current_timestamp;
  audit_row.action_tstamp_stm := statement_timestamp();
  audit_row.transaction_id := txid_current();
  audit_row.application_name := current_setting('application_name');
  audit_row.harbour_master := nullif(current_setting('harbour.master', true), '');
  audit_row.action := substring(TG_OP, 1, 1);
  audit_row.statement_only := TG_LEVEL = 'STATEMENT';
  IF TG_OP = 'UPDATE' AND TG_LEVEL = 'ROW' THEN
    audit_row.row_data := to_jsonb(OLD) - excluded_cols;
    SELECT jsonb_object_agg(n.key, n.value) INTO audit_row.changed_fields
    FROM jsonb_each(to_jsonb(NEW) - excluded_cols) n
    WHERE n.value IS DISTINCT FROM audit_row.row_data -> n.key;
    IF audit_row.changed_fields IS NULL THEN
      -- only what is left out has changed
      RETURN NULL;
    END IF;
  ELSIF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
    audit_row.row_data := to_jsonb(OLD) - excluded_cols;
  ELSIF TG_OP = 'INSERT' AND TG_LEVEL = 'ROW' THEN
    audit_row.row_data := to_jsonb(NEW) - excluded_cols;
  END IF;
  audit_row.row_key := audit_row.row_data ->> 'imo';
  INSERT INTO audit.logged_actions VALUES (audit_row.*);
  RETURN NULL;
END;
$$;
CREATE TABLE public.ships (
  imo integer PRIMARY KEY,
  name text NOT NULL,
  berth text,
  last_ping timestamptz
);
CREATE TRIGGER audit_trigger_row AFTER INSERT OR UPDATE OR DELETE ON public.ships FOR EACH ROW EXECUTE FUNCTION audit.if_modified_func('{last_ping}');
CREATE TRIGGER audit_trigger_stm AFTER TRUNCATE ON public.ships FOR EACH STATEMENT EXECUTE FUNCTION audit.if_modified_func();
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON public.ships TO harbour_app;
