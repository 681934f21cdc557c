DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'game_app') THEN
    CREATE ROLE game_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.replays (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  game integer NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.replays TO game_app;
CREATE FUNCTION retention.drop_replays(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_batch bigint;
  v_total bigint := 0;
BEGIN
  -- not longer than the nightly window
  FOR v_round IN 1..3 LOOP
    WITH batch AS (
      SELECT id FROM public.replays WHERE saved_at < now() - make_interval(days => p_days) LIMIT 50 FOR UPDATE
    )
    DELETE FROM public.replays r USING batch WHERE r.id = batch.id;
    GET DIAGNOSTICS v_batch = ROW_COUNT;
    v_total := v_total + v_batch;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_replays(integer) FROM PUBLIC;
