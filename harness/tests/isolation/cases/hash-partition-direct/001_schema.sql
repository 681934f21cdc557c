DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'probe_api') THEN
    CREATE ROLE probe_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA telemetry;
GRANT USAGE ON SCHEMA telemetry TO probe_api;
CREATE TABLE telemetry.points (
  owner_id uuid NOT NULL,
  at timestamptz NOT NULL,
  value double precision NOT NULL
) PARTITION BY HASH (owner_id);
CREATE TABLE telemetry.points_p0 PARTITION OF telemetry.points FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE telemetry.points_p1 PARTITION OF telemetry.points FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE telemetry.points ENABLE ROW LEVEL SECURITY;
ALTER TABLE telemetry.points FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON telemetry.points TO probe_api
  USING (owner_id = nullif(current_setting('telemetry.device_owner', true), '')::uuid);
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA telemetry TO probe_api;
