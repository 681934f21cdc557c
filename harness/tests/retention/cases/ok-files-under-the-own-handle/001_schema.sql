DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'social_app') THEN
    CREATE ROLE social_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.handles (
  handle text PRIMARY KEY CHECK (strpos(handle, '/') = 0),
  email text,
  full_name text
);
CREATE TABLE public.files (
  path text PRIMARY KEY,
  bytes bigint NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON public.handles, public.files TO social_app;
CREATE FUNCTION public.erase_handle(p_handle text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.files f USING public.handles h WHERE h.handle = p_handle AND starts_with(f.path, h.handle || '/');
  UPDATE public.handles SET email = NULL, full_name = NULL WHERE handle = p_handle;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.erase_handle(text) FROM PUBLIC;
