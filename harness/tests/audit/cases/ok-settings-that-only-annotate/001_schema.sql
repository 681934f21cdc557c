DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tower_app') THEN
    CREATE ROLE tower_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  who text NOT NULL,
  via text,
  reason text,
  depth integer,
  tab text NOT NULL,
  op text NOT NULL,
  pk text NOT NULL,
  o jsonb,
  n jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_reason text := current_setting('tower.reason', true);
BEGIN
  IF v_reason = '' THEN
    v_reason := NULL;
  END IF;
  IF session_user = 'tower_app' THEN
    v_reason := coalesce(v_reason, 'none given');
  END IF;
  INSERT INTO audit.log (who, via, reason, depth, tab, op, pk, o, n)
  VALUES (coalesce(nullif(current_setting('tower.controller', true), ''), 'unknown'), current_setting('application_name'), v_reason, pg_trigger_depth(),
          TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.flight, OLD.flight), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.flights (
  flight text PRIMARY KEY,
  gate text,
  delayed interval
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.flights FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.flights TO tower_app;
