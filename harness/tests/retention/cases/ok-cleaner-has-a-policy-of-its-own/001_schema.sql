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
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lender_cleaner') THEN
    CREATE ROLE lender_cleaner NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.credit_offers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  branch_id integer NOT NULL,
  cents integer NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.credit_offers OWNER TO lender_owner;
ALTER TABLE public.credit_offers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.credit_offers FORCE ROW LEVEL SECURITY;
CREATE POLICY branch ON public.credit_offers TO lender_app, lender_owner
  USING (branch_id = nullif(current_setting('lender.branch', true), '')::integer);
CREATE POLICY cleaner ON public.credit_offers TO lender_cleaner USING (made_at < now());
GRANT SELECT, INSERT ON public.credit_offers TO lender_app;
GRANT SELECT, DELETE ON public.credit_offers TO lender_cleaner;
CREATE FUNCTION retention.drop_offers(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.credit_offers WHERE made_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
ALTER FUNCTION retention.drop_offers(integer) OWNER TO lender_cleaner;
REVOKE EXECUTE ON FUNCTION retention.drop_offers(integer) FROM PUBLIC;
