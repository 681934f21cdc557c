DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cinema_app') THEN
    CREATE ROLE cinema_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  op text NOT NULL,
  row_id text,
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE public.seats (
  id integer PRIMARY KEY,
  film text NOT NULL,
  sold_to text
);
CREATE FUNCTION audit.inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, op, row_id, new_row)
  SELECT nullif(current_setting('cinema.clerk', true), ''), 'INSERT', n.id, to_jsonb(n) FROM new_rows n;
  RETURN NULL;
END;
$$;
CREATE FUNCTION audit.updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was public.seats;
  is_now public.seats;
BEGIN
  SELECT * INTO was FROM old_rows;
  SELECT * INTO is_now FROM new_rows;
  IF FOUND THEN
    INSERT INTO audit.log (actor, op, row_id, old_row, new_row)
    VALUES (nullif(current_setting('cinema.clerk', true), ''), 'UPDATE', is_now.id, to_jsonb(was), to_jsonb(is_now));
  END IF;
  RETURN NULL;
END;
$$;
CREATE FUNCTION audit.deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, op, row_id, old_row)
  SELECT nullif(current_setting('cinema.clerk', true), ''), 'DELETE', o.id, to_jsonb(o) FROM old_rows o;
  RETURN NULL;
END;
$$;
CREATE TRIGGER inserted AFTER INSERT ON public.seats REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.inserted();
CREATE TRIGGER updated AFTER UPDATE ON public.seats REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.updated();
CREATE TRIGGER deleted AFTER DELETE ON public.seats REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.deleted();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.seats TO cinema_app;
