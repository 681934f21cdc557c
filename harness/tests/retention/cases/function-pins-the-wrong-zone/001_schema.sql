DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'billing_app') THEN
    CREATE ROLE billing_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA billing;
GRANT USAGE ON SCHEMA billing TO billing_app;
CREATE TABLE billing.webhook_calls (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  endpoint text NOT NULL,
  received_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);
GRANT SELECT, INSERT ON billing.webhook_calls TO billing_app;
CREATE FUNCTION billing.drop_webhook_calls(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'America/Los_Angeles' AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM billing.webhook_calls WHERE received_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION billing.drop_webhook_calls(integer) FROM PUBLIC;
