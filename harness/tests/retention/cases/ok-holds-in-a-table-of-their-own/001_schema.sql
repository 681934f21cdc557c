DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'counsel_app') THEN
    CREATE ROLE counsel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA legal;
GRANT USAGE ON SCHEMA legal TO counsel_app;
CREATE TABLE legal.filings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  docket integer NOT NULL,
  filed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE legal.holds (
  docket integer PRIMARY KEY,
  lifted_at timestamptz
);
GRANT SELECT, INSERT ON legal.filings TO counsel_app;
CREATE FUNCTION legal.destroy_filings(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM legal.filings f
  WHERE f.filed_at < now() - make_interval(days => p_days)
    AND NOT EXISTS (SELECT FROM legal.holds h WHERE h.docket = f.docket AND h.lifted_at IS NULL);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION legal.destroy_filings(integer) FROM PUBLIC;
