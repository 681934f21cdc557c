DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wallet_app') THEN
    CREATE ROLE wallet_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.transfers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cents bigint NOT NULL,
  booked_at timestamptz NOT NULL DEFAULT now(),
  frozen_by text
);
GRANT SELECT, INSERT ON public.transfers TO wallet_app;
CREATE FUNCTION retention.drop_transfers(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.transfers WHERE booked_at < now() - make_interval(days => p_days) AND frozen_by <> 'compliance';
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_transfers(integer) FROM PUBLIC;
