DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'weather_app') THEN
    CREATE ROLE weather_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.radar_sweeps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site text NOT NULL,
  swept_at timestamp DEFAULT timezone('UTC', now())
);
GRANT SELECT, INSERT ON public.radar_sweeps TO weather_app;
CREATE FUNCTION retention.drop_sweeps(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.radar_sweeps WHERE swept_at < (now() AT TIME ZONE 'UTC') - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_sweeps(integer) FROM PUBLIC;
