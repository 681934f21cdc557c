DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vault_app') THEN
    CREATE ROLE vault_app NOLOGIN;
  END IF;
END
$$;
CREATE FUNCTION public.me() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('vault.user_id', true), '')::bigint $$;
CREATE TABLE public.teams (
  id bigint PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.team_members (
  team_id bigint NOT NULL REFERENCES public.teams,
  user_id bigint NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE TABLE public.invites (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id bigint NOT NULL REFERENCES public.teams,
  invitee bigint NOT NULL
);
CREATE TABLE public.secrets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id bigint NOT NULL REFERENCES public.teams,
  value text NOT NULL
);
ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.teams FORCE ROW LEVEL SECURITY;
ALTER TABLE public.team_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.team_members FORCE ROW LEVEL SECURITY;
ALTER TABLE public.invites ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invites FORCE ROW LEVEL SECURITY;
ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.team_members FOR SELECT TO vault_app USING (user_id = public.me());
CREATE POLICY to_me ON public.invites FOR SELECT TO vault_app USING (invitee = public.me());
CREATE POLICY send ON public.invites FOR INSERT TO vault_app WITH CHECK (invitee = public.me());
CREATE POLICY team ON public.secrets FOR SELECT TO vault_app
  USING (EXISTS (SELECT 1 FROM public.team_members m WHERE m.team_id = secrets.team_id AND m.user_id = public.me()));
CREATE FUNCTION public.accept_invite(p_invite bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.team_members (team_id, user_id)
  SELECT i.team_id, i.invitee FROM public.invites i WHERE i.id = p_invite AND i.invitee = public.me()
  ON CONFLICT DO NOTHING
$$;
GRANT SELECT ON public.team_members, public.secrets TO vault_app;
GRANT SELECT, INSERT ON public.invites TO vault_app;
