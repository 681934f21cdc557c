DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'diary_app') THEN
    CREATE ROLE diary_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA upkeep;
GRANT USAGE ON SCHEMA upkeep TO PUBLIC;
CREATE TABLE public.diary_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.diary_entries TO diary_app;
CREATE PROCEDURE upkeep.drop_entries(p_days integer)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.diary_entries WHERE written_at < now() - make_interval(days => p_days);
$$;
-- on all functions: procedures are not among them
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA upkeep FROM PUBLIC;
