DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'diary_app') THEN
    CREATE ROLE diary_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA upkeep;
CREATE TABLE public.dreams (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  dreamt_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.dreams TO diary_app;
CREATE FUNCTION upkeep.drop_dreams(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.dreams WHERE dreamt_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION upkeep.drop_dreams(integer) FROM PUBLIC;
CREATE FUNCTION public.tidy_up(keep_days integer DEFAULT 365) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT 'tidied ' || upkeep.drop_dreams(keep_days) $$;
REVOKE EXECUTE ON FUNCTION public.tidy_up(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.tidy_up(integer) TO diary_app;
