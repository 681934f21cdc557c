DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'diary_app') THEN
    CREATE ROLE diary_app NOLOGIN NOINHERIT;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'diary_janitor') THEN
    CREATE ROLE diary_janitor NOLOGIN;
  END IF;
END
$$;
GRANT diary_janitor TO diary_app;
CREATE SCHEMA upkeep;
GRANT USAGE ON SCHEMA upkeep TO diary_janitor;
CREATE TABLE public.moods (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mood smallint NOT NULL,
  felt_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.moods TO diary_app;
CREATE FUNCTION upkeep.drop_moods(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.moods WHERE felt_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION upkeep.drop_moods(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION upkeep.drop_moods(integer) TO diary_janitor;
