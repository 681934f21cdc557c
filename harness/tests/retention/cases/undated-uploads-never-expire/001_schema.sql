DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'studio_app') THEN
    CREATE ROLE studio_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.uploads (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  path text NOT NULL,
  finished_at timestamptz
);
COMMENT ON COLUMN public.uploads.finished_at IS 'NULL: broken off, may go at any time';
GRANT SELECT, INSERT, UPDATE ON public.uploads TO studio_app;
CREATE FUNCTION retention.remove_uploads(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.uploads WHERE finished_at < now() - p_keep;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_uploads(interval) FROM PUBLIC;
