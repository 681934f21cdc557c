DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'team') THEN
    CREATE ROLE team NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'team_east') THEN
    CREATE ROLE team_east NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bi_gateway') THEN
    CREATE ROLE bi_gateway NOLOGIN NOINHERIT;
  END IF;
END
$$;
GRANT team, team_east TO bi_gateway;
CREATE TABLE public.reports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text NOT NULL DEFAULT current_user,
  body text NOT NULL
);
ALTER TABLE public.reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reports FORCE ROW LEVEL SECURITY;
CREATE POLICY see ON public.reports FOR SELECT TO team, team_east USING (starts_with(owner, current_user::text));
CREATE POLICY add ON public.reports FOR INSERT TO team, team_east WITH CHECK (owner = current_user);
GRANT SELECT, INSERT ON public.reports TO team, team_east;
