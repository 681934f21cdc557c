DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tags_app') THEN
    CREATE ROLE tags_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  op text NOT NULL,
  tag text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE public.tags (
  tag text PRIMARY KEY,
  colour text
);
CREATE FUNCTION audit.tag() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, op, tag, old_row, new_row)
  VALUES (nullif(current_setting('tags.editor', true), ''), TG_OP, coalesce(NEW.tag, OLD.tag), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NEW;
END;
$$;
CREATE TRIGGER tag_new BEFORE INSERT ON public.tags FOR EACH ROW EXECUTE FUNCTION audit.tag();
CREATE TRIGGER tag_changed AFTER UPDATE OR DELETE ON public.tags FOR EACH ROW EXECUTE FUNCTION audit.tag();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.tags TO tags_app;
