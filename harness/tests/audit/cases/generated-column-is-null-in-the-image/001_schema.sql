DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'invoice_app') THEN
    CREATE ROLE invoice_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor bigint,
  tab text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, tab, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('invoice.user_id', true), '')::bigint, TG_RELID::regclass::text, lower(TG_OP), coalesce(NEW.number, OLD.number)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN coalesce(NEW, OLD);
END;
$$;
CREATE TABLE public.invoices (
  number integer PRIMARY KEY,
  net numeric(12, 2) NOT NULL,
  rate numeric(4, 2) NOT NULL DEFAULT 0.2,
  gross numeric(14, 4) GENERATED ALWAYS AS (net * (1 + rate)) STORED
);
CREATE TRIGGER record_changes BEFORE UPDATE ON public.invoices FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER record_ends AFTER INSERT OR DELETE ON public.invoices FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.invoices TO invoice_app;
