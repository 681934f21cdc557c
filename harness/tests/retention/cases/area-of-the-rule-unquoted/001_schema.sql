DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tram_app') THEN
    CREATE ROLE tram_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA depot;
CREATE TABLE public.rides (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  line text NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.rides TO tram_app;
CREATE TABLE depot.rules (
  area text NOT NULL DEFAULT 'public',
  relation text PRIMARY KEY,
  column_name text NOT NULL,
  days integer NOT NULL CHECK (days > 0)
);
INSERT INTO depot.rules VALUES ('public', 'rides', 'ended_at', 30);
CREATE FUNCTION depot.run_rules() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rule depot.rules;
  v_removed bigint;
  v_total bigint := 0;
BEGIN
  FOR v_rule IN SELECT * FROM depot.rules LOOP
    EXECUTE format('DELETE FROM %s.%I WHERE %I < now() - make_interval(days => $1)', v_rule.area, v_rule.relation, v_rule.column_name)
      USING v_rule.days;
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    v_total := v_total + v_removed;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION depot.run_rules() FROM PUBLIC;
