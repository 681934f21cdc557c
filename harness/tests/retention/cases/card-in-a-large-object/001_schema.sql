DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'badge_app') THEN
    CREATE ROLE badge_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.employees (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name text,
  email text,
  card oid
);
CREATE FUNCTION public.make_card() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.card := lo_from_bytea(0, convert_to(format(E'BEGIN:VCARD\nFN:%s\nEMAIL:%s\nEND:VCARD\n', NEW.full_name, NEW.email), 'UTF8'));
  RETURN NEW;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.make_card() FROM PUBLIC;
CREATE TRIGGER make_card BEFORE INSERT ON public.employees FOR EACH ROW EXECUTE FUNCTION public.make_card();
GRANT SELECT, INSERT ON public.employees TO badge_app;
CREATE FUNCTION public.forget_employee(p_id integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ UPDATE public.employees SET full_name = NULL, email = NULL, card = NULL WHERE id = p_id $$;
REVOKE EXECUTE ON FUNCTION public.forget_employee(integer) FROM PUBLIC;
