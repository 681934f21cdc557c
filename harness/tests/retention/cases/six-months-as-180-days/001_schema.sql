DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gym_app') THEN
    CREATE ROLE gym_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.workouts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_no integer NOT NULL,
  finished_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.workouts TO gym_app;
CREATE FUNCTION retention.drop_workouts(p_months integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.workouts WHERE finished_at < now() - make_interval(days => p_months * 30);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_workouts(integer) FROM PUBLIC;
