DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'blog_app') THEN
    CREATE ROLE blog_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.posts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author_id integer NOT NULL,
  body text NOT NULL,
  published boolean NOT NULL DEFAULT false
);
ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.posts FORCE ROW LEVEL SECURITY;
CREATE POLICY see ON public.posts FOR SELECT TO blog_app
  USING (published OR author_id = nullif(current_setting('blog.author', true), '')::integer);
CREATE POLICY edit ON public.posts FOR UPDATE TO blog_app
  USING (published OR author_id = nullif(current_setting('blog.author', true), '')::integer)
  WITH CHECK (author_id = nullif(current_setting('blog.author', true), '')::integer);
GRANT SELECT, UPDATE (body) ON public.posts TO blog_app;
