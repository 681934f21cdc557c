DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'grid_app') THEN
    CREATE ROLE grid_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA metrics;
GRANT USAGE ON SCHEMA metrics TO grid_app;
CREATE TABLE metrics.samples (
  series integer NOT NULL,
  taken_at timestamptz NOT NULL,
  value double precision NOT NULL,
  PRIMARY KEY (series, taken_at)
) PARTITION BY RANGE (taken_at);
CREATE TABLE metrics.samples_before_2022 PARTITION OF metrics.samples FOR VALUES FROM (MINVALUE) TO ('2022-01-01 00:00:00+00');
CREATE TABLE metrics.samples_2022 PARTITION OF metrics.samples FOR VALUES FROM ('2022-01-01 00:00:00+00') TO ('2023-01-01 00:00:00+00');
CREATE TABLE metrics.samples_since_2023 PARTITION OF metrics.samples DEFAULT;
GRANT SELECT, INSERT ON metrics.samples TO grid_app;
CREATE FUNCTION metrics.drop_samples(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' AS $$
DECLARE
  v_cutoff constant timestamptz := now() - make_interval(days => p_days);
  v_partition regclass;
  v_rows bigint;
  v_total bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock('metrics.samples'::regclass::oid::bigint);
  FOR v_partition IN
    SELECT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'metrics.samples'::regclass
      AND substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz <= v_cutoff
    ORDER BY c.relname
  LOOP
    EXECUTE format('LOCK TABLE %s', v_partition);
    EXECUTE format('SELECT count(*) FROM %s', v_partition) INTO v_rows;
    v_total := v_total + v_rows;
    EXECUTE format('DROP TABLE %s', v_partition);
  END LOOP;
  DELETE FROM metrics.samples WHERE taken_at < v_cutoff;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_total + v_rows;
END;
$$;
REVOKE EXECUTE ON FUNCTION metrics.drop_samples(integer) FROM PUBLIC;
