DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vault_app') THEN
    CREATE ROLE vault_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vault_worker') THEN
    CREATE ROLE vault_worker NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA ops;
GRANT USAGE ON SCHEMA ops TO vault_worker;
CREATE TABLE public.one_time_codes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.one_time_codes TO vault_app;
GRANT DELETE ON public.one_time_codes TO vault_worker;
CREATE FUNCTION ops.drop_codes(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.one_time_codes WHERE sent_at < now() - p_keep;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'codes are left for the next run: %', SQLERRM;
  RETURN 0;
END;
$$;
REVOKE EXECUTE ON FUNCTION ops.drop_codes(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.drop_codes(interval) TO vault_worker;
