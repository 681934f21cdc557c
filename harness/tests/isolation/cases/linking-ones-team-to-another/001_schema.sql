DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'teams_app') THEN
    CREATE ROLE teams_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.team_links (
  team_id integer NOT NULL,
  linked_team integer NOT NULL,
  CHECK (team_id <> linked_team),
  PRIMARY KEY (team_id, linked_team)
);
CREATE TABLE public.plans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id integer NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.team_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.team_links FORCE ROW LEVEL SECURITY;
ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plans FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.team_links TO teams_app USING (team_id = nullif(current_setting('teams.current', true), '')::integer);
CREATE POLICY own_or_linked ON public.plans FOR SELECT TO teams_app
  USING (team_id = nullif(current_setting('teams.current', true), '')::integer
         OR team_id IN (SELECT l.linked_team FROM public.team_links l));
GRANT SELECT, INSERT, DELETE ON public.team_links TO teams_app;
GRANT SELECT ON public.plans TO teams_app;
