DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gate_app') THEN
    CREATE ROLE gate_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.gate_openings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  badge integer NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.gate_openings TO gate_app;
CREATE FUNCTION retention.clean_openings(p_seconds bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.gate_openings WHERE extract(epoch FROM now() - opened_at)::bigint > p_seconds;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.clean_openings(bigint) FROM PUBLIC;
