DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'metrics_api') THEN
    CREATE ROLE metrics_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA metrics;
GRANT USAGE ON SCHEMA metrics TO metrics_api;
CREATE TABLE metrics.points (
  project_id integer NOT NULL,
  at timestamptz NOT NULL,
  value double precision NOT NULL
) PARTITION BY RANGE (at);
CREATE TABLE metrics.points_2025 PARTITION OF metrics.points FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE metrics.points_2026 PARTITION OF metrics.points FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE metrics.points_rest PARTITION OF metrics.points DEFAULT;
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN SELECT relid FROM pg_partition_tree('metrics.points') LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', part);
    EXECUTE format($policy$
      CREATE POLICY project ON %s TO metrics_api
        USING (project_id = nullif(current_setting('metrics.project', true), '')::integer)
    $policy$, part);
  END LOOP;
END;
$$;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA metrics TO metrics_api;
