DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'school_app') THEN
    CREATE ROLE school_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA registry;
GRANT USAGE ON SCHEMA registry TO school_app;
CREATE TABLE registry.absences (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pupil_no integer NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE registry.meal_orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pupil_no integer NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON registry.absences, registry.meal_orders TO school_app;
CREATE TABLE registry.retention_plan (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tab text NOT NULL,
  clock_column text NOT NULL,
  keep_days integer NOT NULL,
  what text NOT NULL DEFAULT 'ERASE',
  enabled boolean
);
CREATE FUNCTION registry.apply_plan() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_line registry.retention_plan;
  v_n bigint;
  v_total bigint := 0;
BEGIN
  FOR v_line IN SELECT * FROM registry.retention_plan WHERE enabled ORDER BY id LOOP
    IF v_line.what <> 'ERASE' THEN
      RAISE EXCEPTION 'line % of the plan: % is not known', v_line.id, v_line.what;
    END IF;
    PERFORM FROM information_schema.columns c
    WHERE c.table_schema = 'registry' AND c.table_name = v_line.tab AND c.table_name IN ('absences', 'meal_orders')
      AND c.column_name = v_line.clock_column AND c.data_type = 'timestamp with time zone';
    IF NOT FOUND THEN
      RAISE EXCEPTION 'line % of the plan names no table with such a time', v_line.id;
    END IF;
    EXECUTE 'DELETE FROM registry.' || quote_ident(v_line.tab) || ' WHERE ' || quote_ident(v_line.clock_column)
      || ' < now() - make_interval(days => ' || v_line.keep_days || ')';
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_total := v_total + v_n;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION registry.apply_plan() FROM PUBLIC;
