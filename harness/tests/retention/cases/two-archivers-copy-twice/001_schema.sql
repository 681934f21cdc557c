DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'queue_app') THEN
    CREATE ROLE queue_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA archive;
CREATE SCHEMA retention;
CREATE TABLE public.messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE archive.messages (
  entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id bigint NOT NULL,
  body text NOT NULL,
  sent_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON public.messages TO queue_app;
CREATE FUNCTION retention.archive_messages(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_moved bigint;
BEGIN
  INSERT INTO archive.messages (id, body, sent_at)
  SELECT id, body, sent_at FROM public.messages WHERE sent_at < now() - make_interval(days => p_days);
  DELETE FROM public.messages WHERE sent_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  RETURN v_moved;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.archive_messages(integer) FROM PUBLIC;
