DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'helpdesk') THEN
    CREATE ROLE helpdesk NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal') THEN
    CREATE ROLE portal NOLOGIN;
  END IF;
END
$$;
GRANT helpdesk TO portal;
CREATE TABLE public.cases (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id integer NOT NULL,
  text text NOT NULL
);
ALTER TABLE public.cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.cases FORCE ROW LEVEL SECURITY;
CREATE POLICY client ON public.cases TO portal USING (client_id = nullif(current_setting('portal.client', true), '')::integer);
CREATE POLICY staff ON public.cases FOR SELECT TO helpdesk USING (true);
GRANT SELECT, INSERT ON public.cases TO portal;
