DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'counsel_app') THEN
    CREATE ROLE counsel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.depositions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  filed_at timestamptz NOT NULL DEFAULT now(),
  -- NULL: counsel has not looked at it yet
  disputed boolean
);
GRANT SELECT, INSERT, UPDATE ON public.depositions TO counsel_app;
CREATE FUNCTION retention.destroy_depositions(p_years integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.depositions WHERE filed_at < now() - make_interval(years => p_years) AND NOT coalesce(disputed, false);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.destroy_depositions(integer) FROM PUBLIC;
