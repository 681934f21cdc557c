DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bi_app') THEN
    CREATE ROLE bi_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA report;
GRANT USAGE ON SCHEMA report TO bi_app;
CREATE TABLE report.facts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  product text NOT NULL,
  amount numeric NOT NULL
);
ALTER TABLE report.facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE report.facts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON report.facts TO bi_app USING (tenant_id = nullif(current_setting('bi.tenant', true), '')::integer);
GRANT SELECT ON report.facts TO bi_app;
CREATE FUNCTION report.sales(p_tenant integer DEFAULT NULL) RETURNS TABLE (product text, amount numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_tenant <> nullif(current_setting('bi.tenant', true), '')::integer THEN
    RAISE EXCEPTION 'not your tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
    SELECT f.product, sum(f.amount) FROM report.facts f
    WHERE f.tenant_id = COALESCE(p_tenant, f.tenant_id) GROUP BY f.product;
END;
$$;
