DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parking_app') THEN
    CREATE ROLE parking_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA archive;
CREATE SCHEMA retention;
CREATE TABLE public.permits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plate text NOT NULL,
  zone_no smallint NOT NULL,
  remarks text,
  expired_at timestamptz
);
CREATE TABLE archive.permits (
  archived_at timestamptz NOT NULL DEFAULT now(),
  remarks text,
  plate text NOT NULL,
  zone_no smallint NOT NULL,
  expired_at timestamptz NOT NULL,
  id bigint PRIMARY KEY
);
GRANT SELECT, INSERT, UPDATE ON public.permits TO parking_app;
CREATE FUNCTION retention.archive_permits(p_days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH moved AS (
    DELETE FROM public.permits WHERE expired_at < now() - make_interval(days => p_days) RETURNING id, plate, zone_no, remarks, expired_at
  ), kept AS (
    INSERT INTO archive.permits (id, plate, zone_no, remarks, expired_at) SELECT id, plate, zone_no, remarks, expired_at FROM moved RETURNING id
  )
  SELECT count(*) FROM kept;
$$;
REVOKE EXECUTE ON FUNCTION retention.archive_permits(integer) FROM PUBLIC;
