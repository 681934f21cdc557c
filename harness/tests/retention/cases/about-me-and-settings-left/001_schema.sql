DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'social_app') THEN
    CREATE ROLE social_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.profiles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text,
  display_name text,
  about_me text,
  settings jsonb NOT NULL DEFAULT '{}'
);
GRANT SELECT, INSERT, UPDATE ON public.profiles TO social_app;
CREATE FUNCTION public.erase_profile(p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.profiles SET email = NULL, display_name = 'former member' WHERE id = p_id;
  RETURN FOUND;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.erase_profile(uuid) FROM PUBLIC;
