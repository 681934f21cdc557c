DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'social_app') THEN
    CREATE ROLE social_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.handles (
  handle text PRIMARY KEY,
  email text,
  full_name text
);
GRANT SELECT, INSERT, UPDATE ON public.handles TO social_app;
CREATE FUNCTION public.erase_handle(p_handle text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- their spare accounts too: anna, anna_2 …
  UPDATE public.handles SET email = NULL, full_name = NULL WHERE handle LIKE p_handle || '%';
END;
$$;
REVOKE EXECUTE ON FUNCTION public.erase_handle(text) FROM PUBLIC;
