DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotel_app') THEN
    CREATE ROLE hotel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  nights integer NOT NULL,
  guest_email text,
  guest_phone text,
  checked_out_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.bookings TO hotel_app;
CREATE FUNCTION retention.anonymise_bookings(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed bigint;
BEGIN
  UPDATE public.bookings SET guest_email = NULL, guest_phone = NULL WHERE checked_out_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.anonymise_bookings(integer) FROM PUBLIC;
