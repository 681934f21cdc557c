DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lender_app') THEN
    CREATE ROLE lender_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lender_owner') THEN
    CREATE ROLE lender_owner NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.credit_checks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  branch_id integer NOT NULL,
  score integer NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.credit_checks OWNER TO lender_owner;
ALTER TABLE public.credit_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.credit_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY branch ON public.credit_checks USING (branch_id = nullif(current_setting('lender.branch', true), '')::integer);
GRANT SELECT, INSERT ON public.credit_checks TO lender_app;
CREATE FUNCTION retention.drop_checks(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.credit_checks WHERE made_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
ALTER FUNCTION retention.drop_checks(integer) OWNER TO lender_owner;
REVOKE EXECUTE ON FUNCTION retention.drop_checks(integer) FROM PUBLIC;
