DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sensor_app') THEN
    CREATE ROLE sensor_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.alarms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sensor integer NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE retention.runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task text NOT NULL,
  ran_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.alarms TO sensor_app;
CREATE FUNCTION retention.drop_alarms(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.alarms WHERE raised_at < now() - make_interval(days => p_days);
  INSERT INTO retention.runs (task) VALUES ('alarms');
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_alarms(integer) FROM PUBLIC;
