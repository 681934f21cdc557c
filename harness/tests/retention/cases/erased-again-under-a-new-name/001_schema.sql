DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_app') THEN
    CREATE ROLE forum_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.authors (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pen_name text NOT NULL UNIQUE,
  email text
);
GRANT SELECT, INSERT, UPDATE ON public.authors TO forum_app;
CREATE FUNCTION public.anonymise_author(p_id bigint) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE public.authors SET pen_name = 'author-' || gen_random_uuid(), email = NULL WHERE id = p_id RETURNING pen_name;
$$;
REVOKE EXECUTE ON FUNCTION public.anonymise_author(bigint) FROM PUBLIC;
