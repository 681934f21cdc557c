DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wiki_app') THEN
    CREATE ROLE wiki_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT txid_current(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key text := coalesce(NEW.slug, OLD.slug);
BEGIN
  UPDATE audit.log l SET new_row = to_jsonb(NEW), at = clock_timestamp()
  WHERE l.tx = txid_current() AND l.table_name = TG_TABLE_NAME AND l.row_id = key AND l.op = TG_OP;
  IF NOT FOUND THEN
    INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
    VALUES (nullif(current_setting('wiki.author', true), ''), TG_TABLE_NAME, TG_OP, key, to_jsonb(OLD), to_jsonb(NEW));
  END IF;
  RETURN NULL;
END;
$$;
CREATE TABLE public.articles (
  slug text PRIMARY KEY,
  body text
);
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.articles FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.articles TO wiki_app;
