DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gym_app') THEN
    CREATE ROLE gym_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.gym_visits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_no integer NOT NULL,
  left_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.gym_visits TO gym_app;
CREATE FUNCTION retention.drop_visits(p_months integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.gym_visits WHERE left_at < now() - make_interval(months => p_months);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_visits(integer) FROM PUBLIC;
