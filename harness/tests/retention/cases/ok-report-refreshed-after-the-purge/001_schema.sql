DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'phone_app') THEN
    CREATE ROLE phone_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA reporting;
CREATE SCHEMA retention;
CREATE TABLE public.voice_mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  caller text NOT NULL,
  seconds integer NOT NULL,
  left_at timestamptz NOT NULL DEFAULT now()
);
CREATE MATERIALIZED VIEW reporting.mails_by_caller AS
  SELECT caller, count(*) AS mails FROM public.voice_mails GROUP BY caller;
GRANT SELECT, INSERT ON public.voice_mails TO phone_app;
CREATE FUNCTION retention.remove_mails(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.voice_mails WHERE left_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  REFRESH MATERIALIZED VIEW reporting.mails_by_caller;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_mails(integer) FROM PUBLIC;
