DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parking_app') THEN
    CREATE ROLE parking_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA archive;
CREATE SCHEMA retention;
CREATE TABLE public.fines (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plate text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'paid', 'waived')),
  issued_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE archive.fines (
  id bigint PRIMARY KEY,
  plate text NOT NULL,
  state text NOT NULL,
  issued_at timestamptz NOT NULL,
  archived_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON public.fines TO parking_app;
CREATE FUNCTION retention.archive_fines(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_moved bigint;
BEGIN
  WITH moved AS (
    DELETE FROM public.fines WHERE issued_at < now() - make_interval(days => p_days) RETURNING *
  ), kept AS (
    INSERT INTO archive.fines (id, plate, state, issued_at)
    SELECT id, plate, state, issued_at FROM moved WHERE state <> 'open'
  )
  SELECT count(*) INTO v_moved FROM moved;
  RETURN v_moved;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.archive_fines(integer) FROM PUBLIC;
