DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'site_app') THEN
    CREATE ROLE site_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.sites (
  site_slug text PRIMARY KEY CHECK (site_slug ~ '^[a-z][a-z0-9-]{1,30}$'),
  title text NOT NULL
);
CREATE TABLE public.pages (
  site_slug text NOT NULL REFERENCES public.sites ON UPDATE CASCADE ON DELETE CASCADE,
  path text NOT NULL CHECK (path LIKE '/%'),
  body text NOT NULL DEFAULT '',
  PRIMARY KEY (site_slug, path)
);
ALTER TABLE public.sites ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sites FORCE ROW LEVEL SECURITY;
ALTER TABLE public.pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pages FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.sites FOR SELECT TO site_app USING (site_slug = nullif(current_setting('site.slug', true), ''));
CREATE POLICY own ON public.pages TO site_app USING (site_slug = nullif(current_setting('site.slug', true), ''));
GRANT SELECT ON public.sites TO site_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.pages TO site_app;
