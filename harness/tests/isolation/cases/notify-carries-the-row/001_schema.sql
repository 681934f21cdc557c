DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'jobs_app') THEN
    CREATE ROLE jobs_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id uuid NOT NULL,
  payload text NOT NULL
);
ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY account ON public.jobs TO jobs_app USING (account_id = nullif(current_setting('jobs.account', true), '')::uuid);
CREATE FUNCTION public.tell_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('jobs', row_to_json(NEW)::text);
  RETURN NULL;
END;
$$;
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON public.jobs FOR EACH ROW EXECUTE FUNCTION public.tell_workers();
GRANT SELECT, INSERT, UPDATE ON public.jobs TO jobs_app;
