DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kitchen_app') THEN
    CREATE ROLE kitchen_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kitchen_night') THEN
    CREATE ROLE kitchen_night NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.table_bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  seats smallint NOT NULL,
  for_when timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON public.table_bookings TO kitchen_app;
GRANT SELECT, DELETE ON public.table_bookings TO kitchen_night;
CREATE FUNCTION public.drop_table_bookings(p_days integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.table_bookings WHERE for_when < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
