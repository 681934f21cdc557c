DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kiosk_app') THEN
    CREATE ROLE kiosk_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.kiosk_visits (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kiosk smallint NOT NULL,
  entered_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.kiosk_visits TO kiosk_app;
CREATE FUNCTION retention.forget_visits(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_cutoff timestamptz := date_trunc('day', now() - p_keep);
  v_removed bigint;
BEGIN
  DELETE FROM public.kiosk_visits WHERE entered_at < v_cutoff;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.forget_visits(interval) FROM PUBLIC;
