DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'label_app') THEN
    CREATE ROLE label_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.labels (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number serial UNIQUE,
  repo text NOT NULL,
  name text NOT NULL,
  UNIQUE (repo, name)
);
CREATE UNIQUE INDEX labels_lower ON public.labels (lower(name), repo);
ALTER TABLE public.labels ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.labels FORCE ROW LEVEL SECURITY;
CREATE POLICY repo ON public.labels TO label_app USING (repo = nullif(current_setting('label.repo', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON public.labels TO label_app;
GRANT USAGE ON SEQUENCE public.labels_number_seq TO label_app;
