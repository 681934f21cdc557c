DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'media_app') THEN
    CREATE ROLE media_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.assets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  studio text NOT NULL,
  uri text NOT NULL
);
CREATE TABLE public.photo_assets (
  megapixels numeric NOT NULL DEFAULT 12
) INHERITS (public.assets);
ALTER TABLE public.assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assets FORCE ROW LEVEL SECURITY;
CREATE POLICY studio ON public.assets TO media_app USING (studio = nullif(current_setting('media.studio', true), ''));
GRANT SELECT, INSERT ON public.assets TO media_app;
GRANT SELECT ON public.photo_assets TO media_app;
