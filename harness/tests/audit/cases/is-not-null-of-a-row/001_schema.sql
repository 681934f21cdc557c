DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'farm_shop') THEN
    CREATE ROLE farm_shop NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('farm.seller', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.code, OLD.code)::text, CASE WHEN OLD IS NOT NULL THEN to_jsonb(OLD) END, CASE WHEN NEW IS NOT NULL THEN to_jsonb(NEW) END);
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.goods (
  code text PRIMARY KEY,
  cents integer NOT NULL,
  remark text
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.goods FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.goods TO farm_shop;
