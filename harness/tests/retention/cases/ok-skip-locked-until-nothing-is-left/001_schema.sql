DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wallet_app') THEN
    CREATE ROLE wallet_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.vouchers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cents bigint NOT NULL,
  used_at timestamptz,
  under_audit boolean
);
GRANT SELECT, INSERT, UPDATE ON public.vouchers TO wallet_app;
CREATE FUNCTION retention.drop_vouchers(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_batch bigint;
  v_total bigint := 0;
BEGIN
  LOOP
    WITH batch AS MATERIALIZED (
      SELECT id FROM public.vouchers
      WHERE used_at < now() - make_interval(days => p_days) AND under_audit IS NOT TRUE
      ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM public.vouchers v USING batch b WHERE v.id = b.id;
    GET DIAGNOSTICS v_batch = ROW_COUNT;
    v_total := v_total + v_batch;
    EXIT WHEN v_batch < 20;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_vouchers(integer) FROM PUBLIC;
