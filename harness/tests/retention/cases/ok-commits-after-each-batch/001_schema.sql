DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vault_app') THEN
    CREATE ROLE vault_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vault_janitor') THEN
    CREATE ROLE vault_janitor NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA ops;
CREATE TABLE public.refresh_tokens (
  token_hash text PRIMARY KEY,
  account_id integer NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON public.refresh_tokens (issued_at);
GRANT SELECT, INSERT, UPDATE ON public.refresh_tokens TO vault_app;
GRANT USAGE ON SCHEMA ops TO vault_janitor;
GRANT SELECT, DELETE ON public.refresh_tokens TO vault_janitor;
CREATE PROCEDURE ops.expire_tokens(p_days integer, INOUT removed bigint DEFAULT 0) LANGUAGE plpgsql AS $$
DECLARE
  v_cutoff constant timestamptz := clock_timestamp() - make_interval(days => p_days);
  v_batch bigint;
BEGIN
  LOOP
    DELETE FROM public.refresh_tokens
    WHERE token_hash IN (SELECT token_hash FROM public.refresh_tokens WHERE issued_at < v_cutoff ORDER BY issued_at, token_hash LIMIT 100);
    GET DIAGNOSTICS v_batch = ROW_COUNT;
    EXIT WHEN v_batch = 0;
    removed := removed + v_batch;
    COMMIT;
  END LOOP;
END;
$$;
REVOKE EXECUTE ON PROCEDURE ops.expire_tokens(integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE ops.expire_tokens(integer, bigint) TO vault_janitor;
