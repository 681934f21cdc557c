DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotel_app') THEN
    CREATE ROLE hotel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.stays (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room integer NOT NULL,
  guest_name text,
  address_1 text,
  address_2 text,
  left_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.stays TO hotel_app;
CREATE FUNCTION retention.anonymise_stays(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed bigint;
BEGIN
  UPDATE public.stays SET guest_name = NULL, address_1 = NULL
  WHERE left_at < now() - make_interval(days => p_days) AND num_nonnulls(guest_name, address_1) > 0;
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.anonymise_stays(integer) FROM PUBLIC;
