DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'phone_app') THEN
    CREATE ROLE phone_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA reporting;
CREATE SCHEMA retention;
CREATE TABLE public.phone_calls (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  caller text NOT NULL,
  seconds integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now()
);
CREATE MATERIALIZED VIEW reporting.minutes_by_caller AS
  SELECT caller, sum(seconds) / 60.0 AS minutes FROM public.phone_calls GROUP BY caller;
GRANT SELECT, INSERT ON public.phone_calls TO phone_app;
CREATE FUNCTION retention.remove_calls(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  -- before, so that the last figures are right
  REFRESH MATERIALIZED VIEW reporting.minutes_by_caller;
  DELETE FROM public.phone_calls WHERE started_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_calls(integer) FROM PUBLIC;
