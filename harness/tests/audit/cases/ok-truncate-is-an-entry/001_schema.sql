DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'till_app') THEN
    CREATE ROLE till_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.record_version (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_id uuid,
  op text NOT NULL CHECK (op IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
  ts timestamptz NOT NULL DEFAULT now(),
  table_oid oid NOT NULL,
  table_schema name NOT NULL,
  table_name name NOT NULL,
  record jsonb,
  old_record jsonb,
  cashier text
);
CREATE INDEX record_version_ts ON audit.record_version USING brin (ts);
CREATE FUNCTION audit.insert_update_delete_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  record_jsonb jsonb := pg_catalog.to_jsonb(NEW);
  old_record_jsonb jsonb := pg_catalog.to_jsonb(OLD);
BEGIN
  INSERT INTO audit.record_version (record_id, op, table_oid, table_schema, table_name, record, old_record, cashier)
  SELECT coalesce(record_jsonb ->> 'receipt', old_record_jsonb ->> 'receipt')::uuid, TG_OP, TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME,
         record_jsonb, old_record_jsonb, nullif(pg_catalog.current_setting('till.cashier', true), '');
  RETURN coalesce(NEW, OLD);
END;
$$;
CREATE FUNCTION audit.truncate_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO audit.record_version (op, table_oid, table_schema, table_name, cashier)
  SELECT TG_OP, TG_RELID, TG_TABLE_SCHEMA, TG_TABLE_NAME, nullif(pg_catalog.current_setting('till.cashier', true), '');
  RETURN NULL;
END;
$$;
CREATE TABLE public.receipts (
  receipt uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  total numeric(10, 2) NOT NULL,
  lines jsonb NOT NULL DEFAULT '[]',
  printed_at timestamptz
);
CREATE TRIGGER audit_i_u_d AFTER INSERT OR UPDATE OR DELETE ON public.receipts FOR EACH ROW EXECUTE FUNCTION audit.insert_update_delete_trigger();
CREATE TRIGGER audit_t AFTER TRUNCATE ON public.receipts FOR EACH STATEMENT EXECUTE FUNCTION audit.truncate_trigger();
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON public.receipts TO till_app;
