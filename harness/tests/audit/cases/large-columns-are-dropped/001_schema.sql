DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plan_app') THEN
    CREATE ROLE plan_app NOLOGIN;
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
CREATE FUNCTION audit.small(p_row jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
$$ SELECT jsonb_object_agg(key, value) FROM jsonb_each(p_row) WHERE pg_column_size(value) < 8000 $$;
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('plan.architect', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id)::text, audit.small(to_jsonb(OLD)), audit.small(to_jsonb(NEW)));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.plans (
  id integer PRIMARY KEY,
  name text NOT NULL,
  drawing jsonb
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.plans FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.plans TO plan_app;
