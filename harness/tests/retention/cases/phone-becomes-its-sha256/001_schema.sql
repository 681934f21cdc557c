DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'taxi_app') THEN
    CREATE ROLE taxi_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.rides (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rider_name text,
  rider_phone text,
  cents integer NOT NULL,
  ended_at timestamptz,
  anonymised boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT ON public.rides TO taxi_app;
CREATE FUNCTION retention.anonymise_rides(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed bigint;
BEGIN
  UPDATE public.rides
  SET rider_name = NULL, rider_phone = left(encode(sha256(convert_to(rider_phone, 'UTF8')), 'hex'), 20), anonymised = true
  WHERE ended_at < now() - make_interval(days => p_days) AND NOT anonymised;
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.anonymise_rides(integer) FROM PUBLIC;
