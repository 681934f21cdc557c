DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'blog_app') THEN
    CREATE ROLE blog_app NOLOGIN;
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
  old_row varchar(4000),
  new_row varchar(4000)
);
CREATE TABLE public.essays (
  id integer PRIMARY KEY,
  title text NOT NULL,
  body text
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('blog.author', true), ''), TG_OP, coalesce(NEW.id, OLD.id), left(to_jsonb(OLD)::text, 4000), left(to_jsonb(NEW)::text, 4000));
  RETURN NULL;
END;
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.essays FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.essays TO blog_app;
