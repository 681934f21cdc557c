CREATE OR REPLACE FUNCTION forget_guest(guest integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.guests SET full_name = NULL WHERE id = guest
$$;
