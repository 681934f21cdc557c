DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'game_app') THEN
    CREATE ROLE game_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.moves (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  game integer NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.moves TO game_app;
CREATE FUNCTION retention.drop_moves(p_days integer, p_batch integer DEFAULT 1000) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.moves WHERE id = ANY (ARRAY(
    SELECT id FROM public.moves WHERE made_at < now() - make_interval(days => p_days) ORDER BY made_at LIMIT p_batch
  ));
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_moves(integer, integer) FROM PUBLIC;
