DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auction_app') THEN
    CREATE ROLE auction_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb,
  PRIMARY KEY (table_name, row_id, op, at)
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('auction.bidder', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.lot, OLD.lot)::text, to_jsonb(OLD), to_jsonb(NEW)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.lots (
  lot integer PRIMARY KEY,
  bid integer
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.lots FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.lots TO auction_app;
