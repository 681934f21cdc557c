DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'queue_app') THEN
    CREATE ROLE queue_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payload jsonb NOT NULL DEFAULT '{}',
  finished_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.jobs TO queue_app;
CREATE FUNCTION retention.drop_jobs(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_count bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('retention.drop_jobs')) THEN
    RETURN 0;
  END IF;
  WITH gone AS (
    DELETE FROM public.jobs WHERE finished_at < now() - make_interval(days => p_days) RETURNING id
  )
  SELECT count(*) INTO v_count FROM gone;
  RETURN v_count;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_jobs(integer) FROM PUBLIC;
