DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lab_notebook') THEN
    CREATE ROLE lab_notebook NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.samples (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id integer NOT NULL,
  result text NOT NULL
);
ALTER TABLE public.samples ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.samples FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.samples TO lab_notebook USING (group_id = nullif(current_setting('lab.group', true), '')::integer);
GRANT SELECT, INSERT ON public.samples TO lab_notebook;
