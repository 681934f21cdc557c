DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'weather_app') THEN
    CREATE ROLE weather_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.soundings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station text NOT NULL,
  -- UTC, as all our naive timestamps
  observed_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);
GRANT SELECT, INSERT ON public.soundings TO weather_app;
CREATE FUNCTION retention.thin_soundings(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.soundings WHERE observed_at < localtimestamp - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.thin_soundings(integer) FROM PUBLIC;
