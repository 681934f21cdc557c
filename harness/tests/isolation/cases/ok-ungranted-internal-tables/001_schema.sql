DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'api') THEN
    CREATE ROLE api NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'worker') THEN
    CREATE ROLE worker NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.job_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id integer NOT NULL,
  payload jsonb NOT NULL,
  locked_by text
);
CREATE TABLE public.rate_limits (
  owner_id integer PRIMARY KEY,
  hits integer NOT NULL DEFAULT 0
);
CREATE TABLE public.requests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id integer NOT NULL,
  path text NOT NULL
);
ALTER TABLE public.requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.requests FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.requests TO api USING (owner_id = nullif(current_setting('api.key_owner', true), '')::integer);
GRANT SELECT, INSERT ON public.requests TO api;
GRANT SELECT, UPDATE, DELETE ON public.job_queue TO worker;
CREATE FUNCTION public.hit() RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.rate_limits AS l (owner_id, hits)
  VALUES (nullif(current_setting('api.key_owner', true), '')::integer, 1)
  ON CONFLICT (owner_id) DO UPDATE SET hits = l.hits + 1
  RETURNING hits
$$;
