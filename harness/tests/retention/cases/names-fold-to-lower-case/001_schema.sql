DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'clinic_app') THEN
    CREATE ROLE clinic_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.readings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  value numeric NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now()
);
-- the old application's, whose names an ORM quoted
CREATE TABLE public."Readings" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  value numeric NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.readings, public."Readings" TO clinic_app;
CREATE TABLE retention.rules (
  target text PRIMARY KEY CHECK (target ~ '^[A-Za-z_]+$'),
  age_column text NOT NULL CHECK (age_column ~ '^[A-Za-z_]+$'),
  days integer NOT NULL CHECK (days > 0)
);
CREATE FUNCTION retention.apply() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r retention.rules;
  v_n bigint;
  v_total bigint := 0;
BEGIN
  FOR r IN SELECT * FROM retention.rules ORDER BY target LOOP
    EXECUTE 'DELETE FROM public.' || r.target || ' WHERE ' || r.age_column || ' < now() - make_interval(days => $1)' USING r.days;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_total := v_total + v_n;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.apply() FROM PUBLIC;
