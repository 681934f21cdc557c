DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_app') THEN
    CREATE ROLE forum_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.threads (
  community_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  title text NOT NULL,
  post_count integer NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (community_id, id)
);
CREATE TABLE public.posts (
  community_id integer NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  thread_id bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (community_id, id),
  FOREIGN KEY (community_id, thread_id) REFERENCES public.threads ON DELETE CASCADE
);
ALTER TABLE public.threads ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.threads FORCE ROW LEVEL SECURITY;
ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.posts FORCE ROW LEVEL SECURITY;
CREATE POLICY community ON public.threads TO forum_app
  USING (community_id = nullif(current_setting('forum.community', true), '')::integer);
CREATE POLICY community ON public.posts TO forum_app
  USING (community_id = nullif(current_setting('forum.community', true), '')::integer);
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
CREATE TRIGGER touch BEFORE UPDATE ON public.threads FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE FUNCTION public.count_posts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE public.threads SET post_count = post_count + 1 WHERE community_id = NEW.community_id AND id = NEW.thread_id;
  ELSE
    UPDATE public.threads SET post_count = post_count - 1 WHERE community_id = OLD.community_id AND id = OLD.thread_id;
  END IF;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.count_posts() FROM PUBLIC;
CREATE TRIGGER count_posts AFTER INSERT OR DELETE ON public.posts FOR EACH ROW EXECUTE FUNCTION public.count_posts();
GRANT SELECT, INSERT, DELETE ON public.threads, public.posts TO forum_app;
GRANT UPDATE (title) ON public.threads TO forum_app;
