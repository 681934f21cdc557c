DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stall_app') THEN
    CREATE ROLE stall_app NOLOGIN;
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
  VALUES (nullif(current_setting('stall.keeper', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;

CREATE TABLE public.stalls (
  id integer PRIMARY KEY,
  place text NOT NULL
);
CREATE TABLE public."Stall Fees" (
  id integer PRIMARY KEY,
  stall_id integer REFERENCES public.stalls,
  cents integer NOT NULL
);
CREATE TABLE public.fines (
  id integer PRIMARY KEY,
  stall_id integer REFERENCES public.stalls,
  cents integer NOT NULL
);
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['stalls', 'fines', 'stall_fees'] LOOP
    IF to_regclass('public.' || t) IS NOT NULL THEN
      EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.%I FOR EACH ROW EXECUTE FUNCTION audit.record()', t);
    END IF;
  END LOOP;
END;
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.stalls, public."Stall Fees", public.fines TO stall_app;
