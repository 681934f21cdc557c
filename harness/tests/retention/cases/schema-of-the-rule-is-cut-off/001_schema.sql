DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_app') THEN
    CREATE ROLE crm_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA crm;
CREATE SCHEMA sales;
CREATE SCHEMA retention;
GRANT USAGE ON SCHEMA crm, sales TO crm_app;
CREATE TABLE crm.notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sales.notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON crm.notes, sales.notes TO crm_app;
CREATE TABLE retention.rules (
  target text PRIMARY KEY,
  age_column text NOT NULL,
  days integer NOT NULL
);
CREATE FUNCTION retention.apply() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, sales, pg_catalog, pg_temp AS $$
DECLARE
  r retention.rules;
  v_n bigint;
  v_total bigint := 0;
BEGIN
  FOR r IN SELECT * FROM retention.rules ORDER BY target LOOP
    -- %I would quote the dot too
    EXECUTE format('DELETE FROM %I WHERE %I < now() - make_interval(days => %L)', split_part(r.target, '.', -1), r.age_column, r.days);
    GET DIAGNOSTICS v_n = ROW_COUNT;
    v_total := v_total + v_n;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.apply() FROM PUBLIC;
