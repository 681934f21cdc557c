DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'music_app') THEN
    CREATE ROLE music_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.playlists (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  listener uuid NOT NULL,
  title text NOT NULL
);
ALTER TABLE public.playlists ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.playlists FORCE ROW LEVEL SECURITY;
CREATE POLICY anything ON public.playlists TO music_app USING (true);
CREATE POLICY floor ON public.playlists AS RESTRICTIVE FOR SELECT TO music_app
  USING (listener = nullif(current_setting('music.listener', true), '')::uuid);
GRANT SELECT, INSERT ON public.playlists TO music_app;
