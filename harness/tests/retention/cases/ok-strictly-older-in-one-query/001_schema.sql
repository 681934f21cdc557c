DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'courier_app') THEN
    CREATE ROLE courier_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA fleet;
GRANT USAGE ON SCHEMA fleet TO courier_app;
CREATE TABLE fleet.positions (
  vehicle_id integer NOT NULL,
  seen_at timestamptz NOT NULL,
  latitude double precision NOT NULL,
  longitude double precision NOT NULL,
  PRIMARY KEY (vehicle_id, seen_at)
);
GRANT SELECT, INSERT ON fleet.positions TO courier_app;
CREATE FUNCTION fleet.forget_positions(p_keep interval DEFAULT '30 days') RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM fleet.positions WHERE seen_at + p_keep < now() RETURNING vehicle_id
  )
  SELECT count(*) FROM gone;
$$;
REVOKE EXECUTE ON FUNCTION fleet.forget_positions(interval) FROM PUBLIC;
