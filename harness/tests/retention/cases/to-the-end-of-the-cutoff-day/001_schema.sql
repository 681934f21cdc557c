DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ward_app') THEN
    CREATE ROLE ward_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA care;
CREATE SCHEMA upkeep;
GRANT USAGE ON SCHEMA care TO ward_app;
CREATE TABLE care.vital_signs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bed text NOT NULL,
  pulse smallint NOT NULL CHECK (pulse BETWEEN 0 AND 300),
  measured_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON care.vital_signs TO ward_app;
CREATE FUNCTION upkeep.drop_vital_signs(p_days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM care.vital_signs WHERE measured_at::date <= current_date - p_days RETURNING 1
  )
  SELECT count(*) FROM gone;
$$;
REVOKE EXECUTE ON FUNCTION upkeep.drop_vital_signs(integer) FROM PUBLIC;
