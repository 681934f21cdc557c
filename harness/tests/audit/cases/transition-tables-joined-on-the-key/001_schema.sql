DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zoo_app') THEN
    CREATE ROLE zoo_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  op text NOT NULL,
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE public.animals (
  ring text PRIMARY KEY,
  species text NOT NULL,
  cage integer
);
CREATE FUNCTION audit.animals() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who text := nullif(current_setting('zoo.keeper', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit.log (actor, op, row_id, new_row) SELECT who, 'INSERT', n.ring, to_jsonb(n) FROM n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO audit.log (actor, op, row_id, old_row) SELECT who, 'DELETE', o.ring, to_jsonb(o) FROM o;
  ELSE
    INSERT INTO audit.log (actor, op, row_id, old_row, new_row) SELECT who, 'UPDATE', ring, to_jsonb(o), to_jsonb(n) FROM o JOIN n USING (ring);
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER ins AFTER INSERT ON public.animals REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION audit.animals();
CREATE TRIGGER upd AFTER UPDATE ON public.animals REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION audit.animals();
CREATE TRIGGER del AFTER DELETE ON public.animals REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION audit.animals();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.animals TO zoo_app;
