DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'taxi_app') THEN
    CREATE ROLE taxi_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.trips (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rider_name text NOT NULL,
  rider_phone text,
  cents integer NOT NULL,
  ended_at timestamptz
);
GRANT SELECT, INSERT ON public.trips TO taxi_app;
CREATE FUNCTION retention.anonymise_trips(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed bigint;
BEGIN
  UPDATE public.trips SET rider_name = '[removed]', rider_phone = NULL
  WHERE ended_at < now() - make_interval(days => p_days) AND (rider_name, rider_phone) IS DISTINCT FROM ('[removed]', NULL::text);
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.anonymise_trips(integer) FROM PUBLIC;
