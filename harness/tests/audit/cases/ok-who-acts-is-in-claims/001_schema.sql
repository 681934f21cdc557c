DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'depot_app') THEN
    CREATE ROLE depot_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  who text NOT NULL,
  tab text NOT NULL,
  op text NOT NULL,
  pk text NOT NULL,
  o jsonb,
  n jsonb
);
CREATE TABLE public.parcels (
  code text PRIMARY KEY,
  shelf text
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_claims jsonb := coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb;
BEGIN
  IF v_claims ->> 'sub' IS NULL OR v_claims ->> 'role' IS DISTINCT FROM 'porter' THEN
    RAISE EXCEPTION 'nobody is known' USING ERRCODE = 'invalid_authorization_specification';
  END IF;
  INSERT INTO audit.log (who, tab, op, pk, o, n)
  VALUES (v_claims ->> 'sub', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.code, OLD.code), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.parcels FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.parcels TO depot_app;
CREATE VIEW audit.totals AS SELECT count(*) AS total FROM audit.log;
