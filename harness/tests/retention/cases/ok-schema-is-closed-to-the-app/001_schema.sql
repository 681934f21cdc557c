DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'diary_app') THEN
    CREATE ROLE diary_app NOLOGIN;
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
CREATE SCHEMA upkeep;
GRANT USAGE ON SCHEMA upkeep TO diary_janitor;
CREATE TABLE public.sketches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  strokes integer NOT NULL,
  drawn_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.sketches TO diary_app;
CREATE FUNCTION upkeep.drop_sketches(p_keep interval) RETURNS TABLE (removed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.sketches WHERE drawn_at < now() - p_keep;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN NEXT;
END;
$$;
