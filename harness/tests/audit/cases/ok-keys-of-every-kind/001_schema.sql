DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'census_app') THEN
    CREATE ROLE census_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  officer text,
  relation oid NOT NULL,
  op text NOT NULL,
  row_id text,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  is_now jsonb := to_jsonb(NEW);
  key text;
BEGIN
  SELECT string_agg(coalesce(was, is_now) ->> a.attname, ':' ORDER BY k.place) INTO key
  FROM pg_index i
  CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid = TG_RELID AND i.indisprimary;
  INSERT INTO audit.log (officer, relation, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('census.officer', true), ''), TG_RELID, TG_OP, key, was, is_now);
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.districts (
  code varchar(4) PRIMARY KEY,
  name text
);
CREATE TABLE public.counts (
  district varchar(4) NOT NULL REFERENCES public.districts ON UPDATE CASCADE,
  year smallint NOT NULL,
  people integer,
  PRIMARY KEY (year, district)
);
CREATE TABLE public.remarks (
  district varchar(4),
  remark text NOT NULL,
  made_on date
);
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.districts FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.counts FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.remarks FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.districts, public.counts, public.remarks TO census_app;
