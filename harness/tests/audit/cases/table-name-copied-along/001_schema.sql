DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trade_app') THEN
    CREATE ROLE trade_app NOLOGIN;
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
  VALUES (nullif(current_setting('trade.person', true), ''), TG_ARGV[0], TG_OP, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.offers (
  id integer PRIMARY KEY,
  cents integer
);
CREATE TABLE public.invoices (
  id integer PRIMARY KEY,
  cents integer
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.offers FOR EACH ROW EXECUTE FUNCTION audit.record('offers');
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.invoices FOR EACH ROW EXECUTE FUNCTION audit.record('offers');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.offers, public.invoices TO trade_app;
