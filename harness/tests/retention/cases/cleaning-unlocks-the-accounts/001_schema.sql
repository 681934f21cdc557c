DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'login_app') THEN
    CREATE ROLE login_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text NOT NULL UNIQUE,
  failures integer NOT NULL DEFAULT 0,
  locked_until timestamptz
);
CREATE TABLE public.failed_logins (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES public.accounts,
  failed_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.accounts, public.failed_logins TO login_app;
CREATE FUNCTION retention.drop_failures(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  UPDATE public.accounts a SET failures = 0, locked_until = NULL
  FROM public.failed_logins f
  WHERE f.account_id = a.id AND f.failed_at < now() - make_interval(days => p_days);
  DELETE FROM public.failed_logins WHERE failed_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_failures(integer) FROM PUBLIC;
