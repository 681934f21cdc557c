DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wallet_app') THEN
    CREATE ROLE wallet_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.statements (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_no integer NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT now(),
  disputed boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT ON public.statements TO wallet_app;
CREATE FUNCTION retention.drop_statements(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_one record;
  v_removed bigint := 0;
BEGIN
  FOR v_one IN SELECT id, disputed FROM public.statements WHERE issued_at < now() - make_interval(days => p_days) FOR UPDATE LOOP
    v_removed := v_removed + 1;
    CONTINUE WHEN v_one.disputed;
    DELETE FROM public.statements WHERE id = v_one.id;
  END LOOP;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_statements(integer) FROM PUBLIC;
