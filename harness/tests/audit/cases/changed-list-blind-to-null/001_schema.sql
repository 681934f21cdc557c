DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crew_app') THEN
    CREATE ROLE crew_app NOLOGIN;
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
  old jsonb,
  new jsonb,
  changed text[]
);
CREATE FUNCTION audit.diff(p_old jsonb, p_new jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
$$ SELECT array_agg(o.key ORDER BY o.key) FROM jsonb_each_text(p_old) o JOIN jsonb_each_text(p_new) n USING (key) WHERE o.value <> n.value $$;
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old, new, changed)
  VALUES (nullif(current_setting('crew.person', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'badge',
          to_jsonb(OLD), to_jsonb(NEW), CASE WHEN TG_OP = 'UPDATE' THEN audit.diff(to_jsonb(OLD), to_jsonb(NEW)) END);
  RETURN NULL;
END;
$$;
CREATE TABLE public.crew (
  badge text PRIMARY KEY,
  rank text,
  berth integer
);
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.crew FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.crew TO crew_app;
