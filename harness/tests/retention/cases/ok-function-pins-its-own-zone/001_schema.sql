DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meter_app') THEN
    CREATE ROLE meter_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA grid;
GRANT USAGE ON SCHEMA grid TO meter_app;
CREATE TABLE grid.meter_readings (
  meter_id integer NOT NULL,
  -- the meters' own clocks, Indian Standard Time
  read_at timestamp NOT NULL,
  kwh numeric(12, 3) NOT NULL CHECK (kwh >= 0),
  PRIMARY KEY (meter_id, read_at)
);
GRANT SELECT, INSERT ON grid.meter_readings TO meter_app;
CREATE FUNCTION grid.forget_readings(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'Asia/Kolkata' AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM grid.meter_readings WHERE read_at < localtimestamp - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION grid.forget_readings(integer) FROM PUBLIC;
