DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'concert_app') THEN
    CREATE ROLE concert_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.guests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name text,
  phone text
);
CREATE TABLE public.tickets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  guest_id bigint NOT NULL REFERENCES public.guests,
  seat smallint NOT NULL,
  printed_name text
);
CREATE FUNCTION public.print_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT g.full_name INTO NEW.printed_name FROM public.guests g WHERE g.id = NEW.guest_id;
  RETURN NEW;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.print_name() FROM PUBLIC;
CREATE TRIGGER print_name BEFORE INSERT ON public.tickets FOR EACH ROW EXECUTE FUNCTION public.print_name();
GRANT SELECT, INSERT ON public.guests, public.tickets TO concert_app;
CREATE FUNCTION public.forget_guest(p_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ UPDATE public.guests SET full_name = NULL, phone = NULL WHERE id = p_id $$;
REVOKE EXECUTE ON FUNCTION public.forget_guest(bigint) FROM PUBLIC;
