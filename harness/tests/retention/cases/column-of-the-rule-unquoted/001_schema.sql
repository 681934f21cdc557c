DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plant_app') THEN
    CREATE ROLE plant_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.machine_states (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  machine integer NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.shift_notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  note text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.machine_states, public.shift_notes TO plant_app;
CREATE TABLE retention.rules (
  target text PRIMARY KEY,
  age_column text NOT NULL,
  days integer NOT NULL
);
CREATE FUNCTION retention.apply() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r retention.rules;
  v_n bigint;
  v_total bigint := 0;
BEGIN
  FOR r IN SELECT * FROM retention.rules ORDER BY target LOOP
    EXECUTE format('DELETE FROM public.%I AS t WHERE t.%s < now() - make_interval(days => $1)', r.target, r.age_column) USING r.days;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_total := v_total + v_n;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.apply() FROM PUBLIC;
