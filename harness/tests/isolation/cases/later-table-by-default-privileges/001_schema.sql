DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'club_app') THEN
    CREATE ROLE club_app NOLOGIN;
  END IF;
END
$$;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO club_app;
CREATE TABLE public.members (
  member_id bigint PRIMARY KEY,
  name text NOT NULL
);
ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.members FORCE ROW LEVEL SECURITY;
CREATE POLICY self ON public.members TO club_app USING (member_id = nullif(current_setting('club.member', true), '')::bigint);

-- sprint 9
CREATE TABLE public.loyalty_points (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  member_id bigint NOT NULL REFERENCES public.members,
  points integer NOT NULL
);
