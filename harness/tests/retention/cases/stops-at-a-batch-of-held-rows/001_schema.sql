DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wallet_app') THEN
    CREATE ROLE wallet_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.receipts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cents bigint NOT NULL,
  booked_at timestamptz NOT NULL DEFAULT now(),
  under_audit boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT ON public.receipts TO wallet_app;
CREATE FUNCTION retention.drop_receipts(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_batch bigint;
  v_total bigint := 0;
BEGIN
  LOOP
    DELETE FROM public.receipts
    WHERE NOT under_audit
      AND id IN (SELECT id FROM public.receipts WHERE booked_at < now() - make_interval(days => p_days) ORDER BY booked_at, id LIMIT 20);
    GET DIAGNOSTICS v_batch = ROW_COUNT;
    EXIT WHEN v_batch = 0;
    v_total := v_total + v_batch;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_receipts(integer) FROM PUBLIC;
