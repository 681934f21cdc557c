DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'visits_app') THEN
    CREATE ROLE visits_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.visits (
  site text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  path text NOT NULL
) PARTITION BY LIST (left(site, 1));
CREATE TABLE public.visits_a PARTITION OF public.visits FOR VALUES IN ('a', 'b', 'c');
CREATE TABLE public.visits_rest PARTITION OF public.visits DEFAULT;
ALTER TABLE public.visits ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.visits FORCE ROW LEVEL SECURITY;
CREATE POLICY site ON public.visits TO visits_app USING (site = nullif(current_setting('visits.site', true), ''));
GRANT SELECT, INSERT, DELETE ON public.visits TO visits_app;
