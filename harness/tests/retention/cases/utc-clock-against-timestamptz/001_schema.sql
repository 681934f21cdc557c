DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chat_app') THEN
    CREATE ROLE chat_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.typing_indicators (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room integer NOT NULL,
  typed_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.typing_indicators TO chat_app;
CREATE FUNCTION retention.drop_typing(p_hours integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM public.typing_indicators
    WHERE typed_at < (now() AT TIME ZONE 'UTC') - make_interval(hours => p_hours)
    RETURNING id
  )
  SELECT count(*) FROM gone;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_typing(integer) FROM PUBLIC;
