DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'radio_app') THEN
    CREATE ROLE radio_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'radio_night') THEN
    CREATE ROLE radio_night NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA upkeep;
CREATE TABLE public.playouts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station text NOT NULL,
  played_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.playouts TO radio_app;
GRANT USAGE ON SCHEMA upkeep TO radio_night;
GRANT SELECT, DELETE ON public.playouts TO radio_night;
CREATE PROCEDURE upkeep.trim_playouts(p_days integer) LANGUAGE plpgsql AS $$
DECLARE
  v_day date;
BEGIN
  SELECT min(played_at)::date INTO v_day FROM public.playouts WHERE isfinite(played_at);
  WHILE v_day <= (clock_timestamp() - make_interval(days => p_days))::date LOOP
    DELETE FROM public.playouts WHERE played_at >= v_day AND played_at < v_day + 1;
    COMMIT;
    v_day := v_day + 1;
  END LOOP;
END;
$$;
REVOKE EXECUTE ON PROCEDURE upkeep.trim_playouts(integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE upkeep.trim_playouts(integer) TO radio_night;
