DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'teams_api') THEN
    CREATE ROLE teams_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.memberships (
  team_id integer NOT NULL,
  user_id integer NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE TABLE public.boards (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id integer NOT NULL,
  title text NOT NULL
);
ALTER TABLE public.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE public.boards ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.boards FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.my_teams() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT m.team_id FROM public.memberships m WHERE m.user_id = nullif(current_setting('teams.user_id', true), '')::integer $$;
CREATE POLICY fellows ON public.memberships FOR SELECT TO teams_api USING (team_id IN (SELECT public.my_teams()));
CREATE POLICY team ON public.boards FOR SELECT TO teams_api USING (team_id IN (SELECT public.my_teams()));
CREATE POLICY team_add ON public.boards FOR INSERT TO teams_api WITH CHECK (team_id IN (SELECT public.my_teams()));
GRANT SELECT ON public.memberships TO teams_api;
GRANT SELECT, INSERT ON public.boards TO teams_api;
