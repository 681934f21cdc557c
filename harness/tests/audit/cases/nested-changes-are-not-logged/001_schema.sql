DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pool_app') THEN
    CREATE ROLE pool_app NOLOGIN;
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
  IF pg_trigger_depth() > 1 THEN
    RETURN NULL;
  END IF;
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('pool.coach', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.swimmers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  best numeric
);
CREATE TABLE public.laps (
  id integer PRIMARY KEY,
  swimmer_id integer NOT NULL REFERENCES public.swimmers,
  seconds numeric NOT NULL
);
CREATE FUNCTION public.set_best() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.swimmers SET best = NEW.seconds WHERE id = NEW.swimmer_id AND (best IS NULL OR best > NEW.seconds);
  RETURN NULL;
END;
$$;
CREATE TRIGGER set_best AFTER INSERT OR UPDATE ON public.laps FOR EACH ROW EXECUTE FUNCTION public.set_best();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.swimmers FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.laps FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.swimmers, public.laps TO pool_app;
