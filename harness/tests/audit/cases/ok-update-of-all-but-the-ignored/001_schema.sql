DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_app') THEN
    CREATE ROLE forum_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA mod;
CREATE TABLE mod.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  moderator text NOT NULL,
  tab text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE public.posts (
  post_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  body text,
  score numeric GENERATED ALWAYS AS (length(title) * 1.5) STORED,
  views bigint NOT NULL DEFAULT 0
);
CREATE FUNCTION mod.write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO mod.log (moderator, tab, op, row_id, old_row, new_row)
  VALUES (coalesce(nullif(current_setting('forum.moderator', true), ''), 'system'), quote_ident(TG_TABLE_SCHEMA) || '.' || quote_ident(TG_TABLE_NAME), lower(TG_OP),
          coalesce(NEW.post_id, OLD.post_id), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TRIGGER write_rows AFTER INSERT OR DELETE ON public.posts FOR EACH ROW EXECUTE FUNCTION mod.write();
CREATE TRIGGER write_changes AFTER UPDATE OF post_id, title, body ON public.posts FOR EACH ROW EXECUTE FUNCTION mod.write();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.posts TO forum_app;
