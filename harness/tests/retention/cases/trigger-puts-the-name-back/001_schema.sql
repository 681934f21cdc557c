DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'club_app') THEN
    CREATE ROLE club_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.players (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  screen_name text NOT NULL,
  email text
);
CREATE FUNCTION public.name_is_never_empty() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.screen_name := coalesce(nullif(trim(NEW.screen_name), ''), OLD.screen_name);
  RETURN NEW;
END;
$$;
CREATE TRIGGER name_is_never_empty BEFORE UPDATE ON public.players FOR EACH ROW EXECUTE FUNCTION public.name_is_never_empty();
GRANT SELECT, INSERT, UPDATE ON public.players TO club_app;
CREATE FUNCTION public.forget_player(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.players SET screen_name = '', email = NULL WHERE id = p_id;
  RETURN FOUND;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.forget_player(bigint) FROM PUBLIC;
