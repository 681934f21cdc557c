DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'studio_app') THEN
    CREATE ROLE studio_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.render_jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  scene text NOT NULL,
  finished_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.render_jobs TO studio_app;
CREATE FUNCTION retention.remove_jobs(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.render_jobs WHERE coalesce(finished_at, '-infinity') < now() - p_keep;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_jobs(interval) FROM PUBLIC;
