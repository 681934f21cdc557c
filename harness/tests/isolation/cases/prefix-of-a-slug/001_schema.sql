DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wiki_app') THEN
    CREATE ROLE wiki_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.pages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  space text NOT NULL CHECK (length(space) BETWEEN 2 AND 40),
  body text NOT NULL
);
ALTER TABLE public.pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pages FORCE ROW LEVEL SECURITY;
CREATE POLICY space ON public.pages TO wiki_app
  USING (current_setting('wiki.space', true) <> '' AND space LIKE current_setting('wiki.space', true) || '%')
  WITH CHECK (space = current_setting('wiki.space', true));
GRANT SELECT, INSERT ON public.pages TO wiki_app;
