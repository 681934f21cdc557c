DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_app') THEN
    CREATE ROLE forum_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA privacy;
CREATE TABLE public.posters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  full_name text,
  karma integer NOT NULL DEFAULT 0
);
CREATE TABLE privacy.erased (
  poster_id bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE MATERIALIZED VIEW public.hall_of_fame AS SELECT full_name, karma FROM public.posters WHERE full_name IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON public.posters TO forum_app;
GRANT SELECT ON public.hall_of_fame TO forum_app;
CREATE PROCEDURE privacy.erase_poster(p_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.posters SET email = NULL, full_name = NULL WHERE id = p_id;
  INSERT INTO privacy.erased (poster_id) VALUES (p_id) ON CONFLICT (poster_id) DO NOTHING;
  REFRESH MATERIALIZED VIEW public.hall_of_fame;
END;
$$;
REVOKE EXECUTE ON PROCEDURE privacy.erase_poster(bigint) FROM PUBLIC;
