DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sensor_app') THEN
    CREATE ROLE sensor_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.temperatures (
  sensor integer NOT NULL,
  at timestamptz NOT NULL,
  celsius numeric(5, 2) NOT NULL,
  PRIMARY KEY (sensor, at)
);
CREATE TABLE public.humidities (
  sensor integer NOT NULL,
  at timestamptz NOT NULL,
  percent numeric(5, 2) NOT NULL,
  PRIMARY KEY (sensor, at)
);
GRANT SELECT, INSERT ON public.temperatures, public.humidities TO sensor_app;
CREATE FUNCTION retention.drop_values(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.temperatures WHERE at < now() - make_interval(days => p_days);
  DELETE FROM public.humidities WHERE at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_values(integer) FROM PUBLIC;
