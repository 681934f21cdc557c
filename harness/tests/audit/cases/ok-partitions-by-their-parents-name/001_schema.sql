DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tram_app') THEN
    CREATE ROLE tram_app NOLOGIN;
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
  VALUES (nullif(current_setting('tram.driver', true), ''), pg_partition_root(TG_RELID)::regclass::text, TG_OP, concat_ws(':', coalesce(OLD.ride, NEW.ride), coalesce(OLD.line, NEW.line), coalesce(OLD.day, NEW.day)), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;

CREATE TABLE public.rides (
  ride bigint NOT NULL,
  line text NOT NULL,
  day date NOT NULL,
  riders integer,
  PRIMARY KEY (ride, line, day)
) PARTITION BY LIST (line);
CREATE TABLE public.stops (
  ride bigint PRIMARY KEY,
  name text NOT NULL
);
CREATE FUNCTION audit.stop() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('tram.driver', true), ''), 'stops', TG_OP, coalesce(NEW.ride, OLD.ride), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.stop() FROM PUBLIC;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.rides FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.stops FOR EACH ROW EXECUTE FUNCTION audit.stop();
CREATE TABLE public.rides_a PARTITION OF public.rides FOR VALUES IN ('a') PARTITION BY RANGE (day);
CREATE TABLE public.rides_a_old PARTITION OF public.rides_a FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE public.rides_a_new PARTITION OF public.rides_a FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE TABLE public.rides_other (day date NOT NULL, riders integer, line text NOT NULL, ride bigint NOT NULL);
ALTER TABLE public.rides ATTACH PARTITION public.rides_other DEFAULT;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.rides, public.rides_a, public.rides_a_old, public.rides_other, public.stops TO tram_app;
