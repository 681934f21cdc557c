DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'theatre_app') THEN
    CREATE ROLE theatre_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.bookings (
  show_no integer NOT NULL,
  seat_no integer NOT NULL,
  booked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (show_no, seat_no)
);
GRANT SELECT, INSERT ON public.bookings TO theatre_app;
CREATE FUNCTION public.clear_bookings() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM public.bookings
    WHERE seat_no IN (SELECT b.seat_no FROM public.bookings b WHERE b.booked_at < now() - interval '45 days')
    RETURNING 1
  )
  SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION public.clear_bookings() FROM PUBLIC;
