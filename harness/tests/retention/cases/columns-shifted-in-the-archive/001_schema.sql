DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tender_app') THEN
    CREATE ROLE tender_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA archive;
CREATE SCHEMA retention;
CREATE TABLE public.contracts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  supplier text NOT NULL,
  signed_by text NOT NULL,
  ended_at timestamptz
);
CREATE TABLE archive.contracts (
  id bigint PRIMARY KEY,
  signed_by text NOT NULL,
  supplier text NOT NULL,
  ended_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.contracts TO tender_app;
CREATE FUNCTION retention.archive_contracts(p_days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH moved AS (
    DELETE FROM public.contracts WHERE ended_at < now() - make_interval(days => p_days) RETURNING *
  ), kept AS (
    INSERT INTO archive.contracts SELECT * FROM moved RETURNING 1
  )
  SELECT count(*) FROM kept;
$$;
REVOKE EXECUTE ON FUNCTION retention.archive_contracts(integer) FROM PUBLIC;
