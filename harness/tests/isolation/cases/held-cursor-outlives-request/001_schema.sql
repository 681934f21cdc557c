DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'feed_app') THEN
    CREATE ROLE feed_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.stories (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reader_id integer NOT NULL,
  text text NOT NULL
);
ALTER TABLE public.stories ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.stories FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.stories TO feed_app USING (reader_id = nullif(current_setting('feed.reader', true), '')::integer);
GRANT SELECT, INSERT ON public.stories TO feed_app;
CREATE FUNCTION public.open_feed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_cursors WHERE name = 'feed') THEN
    EXECUTE 'DECLARE feed SCROLL CURSOR WITH HOLD FOR SELECT text FROM public.stories ORDER BY id';
  END IF;
END;
$$;
CREATE FUNCTION public.next_of_feed() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  feed refcursor := 'feed';
  story text;
BEGIN
  FETCH NEXT FROM feed INTO story;
  RETURN story;
END;
$$;
