DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'courier_app') THEN
    CREATE ROLE courier_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.parcel_scans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parcel_no text NOT NULL,
  depot text NOT NULL,
  scanned_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.parcel_scans TO courier_app;
CREATE FUNCTION retention.trim_scans(p_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed integer;
BEGIN
  DELETE FROM public.parcel_scans WHERE now() - scanned_at >= make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.trim_scans(integer) FROM PUBLIC;
