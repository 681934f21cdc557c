DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'key_app') THEN
    CREATE ROLE key_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  tab text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  old jsonb,
  new jsonb,
  changed text
);
CREATE TABLE public.api_keys (
  service text PRIMARY KEY,
  secret text NOT NULL,
  scopes text[] NOT NULL DEFAULT '{}',
  rotated_at timestamptz
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  is_now jsonb := to_jsonb(NEW);
  names text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT coalesce(string_agg(k, ',' ORDER BY k), '') INTO names FROM jsonb_object_keys(is_now) k WHERE was -> k IS DISTINCT FROM is_now -> k;
  END IF;
  INSERT INTO audit.log (actor, tab, op, row_id, old, new, changed)
  VALUES (nullif(current_setting('keys.admin', true), ''), format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP, coalesce(OLD.service, NEW.service), was - TG_ARGV, is_now - TG_ARGV, names);
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION audit.record('secret');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.api_keys TO key_app;
