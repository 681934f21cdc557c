DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pool_app') THEN
    CREATE ROLE pool_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.turnstile_counts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  turnstile smallint NOT NULL,
  counted_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON public.turnstile_counts TO pool_app;
CREATE FUNCTION retention.drop_counts() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed integer;
  v_limit constant timestamptz := clock_timestamp() - interval '10 days';
BEGIN
  DELETE FROM public.turnstile_counts WHERE counted_at < v_limit;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_counts() FROM PUBLIC;
