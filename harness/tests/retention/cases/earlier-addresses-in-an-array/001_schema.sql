DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'social_app') THEN
    CREATE ROLE social_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.members (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  nickname text,
  known_emails text[] NOT NULL DEFAULT '{}'
);
CREATE FUNCTION public.remember_email() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.email IS NOT NULL AND NEW.email <> ALL (NEW.known_emails) THEN
    NEW.known_emails := array_append(NEW.known_emails, NEW.email);
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER remember_email BEFORE INSERT OR UPDATE ON public.members FOR EACH ROW EXECUTE FUNCTION public.remember_email();
GRANT SELECT, INSERT, UPDATE ON public.members TO social_app;
CREATE FUNCTION public.erase_member(p_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed integer;
BEGIN
  UPDATE public.members SET email = NULL, nickname = NULL WHERE id = p_id;
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.erase_member(bigint) FROM PUBLIC;
