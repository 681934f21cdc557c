DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sensor_app') THEN
    CREATE ROLE sensor_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.lamps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  retired_at timestamptz
);
CREATE TABLE public.lamp_switchings (
  lamp_id bigint NOT NULL REFERENCES public.lamps,
  at timestamptz NOT NULL,
  lit boolean NOT NULL,
  PRIMARY KEY (lamp_id, at)
);
CREATE TABLE public.draughts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  felt_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE retention.runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  removed bigint NOT NULL,
  ran_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.lamps, public.lamp_switchings, public.draughts TO sensor_app;
CREATE FUNCTION retention.run() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
  v_total bigint := 0;
BEGIN
  DELETE FROM public.lamp_switchings WHERE at < now() - interval '35 days';
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  v_total := v_total + v_removed;
  DELETE FROM public.draughts WHERE felt_at < now() - interval '3 days';
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  v_total := v_total + v_removed;
  DELETE FROM public.lamps l WHERE l.retired_at < now() - interval '35 days'
    AND NOT EXISTS (SELECT FROM public.lamp_switchings s WHERE s.lamp_id = l.id);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  v_total := v_total + v_removed;
  INSERT INTO retention.runs (removed) VALUES (v_total);
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.run() FROM PUBLIC;
