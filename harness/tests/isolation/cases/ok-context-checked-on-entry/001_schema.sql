DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ws_app') THEN
    CREATE ROLE ws_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO ws_app;
CREATE TABLE public.workspace_members (
  workspace_id integer NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);
CREATE TABLE public.cards (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace_id integer NOT NULL,
  title text NOT NULL
);
ALTER TABLE public.workspace_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.workspace_members FORCE ROW LEVEL SECURITY;
ALTER TABLE public.cards ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.cards FORCE ROW LEVEL SECURITY;
CREATE FUNCTION app.enter_user(p_user uuid) RETURNS void LANGUAGE sql AS
$$ SELECT set_config('app.user_id', p_user::text, true), set_config('app.workspace_id', '', true) $$;
CREATE FUNCTION app.enter_workspace(p_workspace integer, p_user uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_user IS DISTINCT FROM nullif(current_setting('app.user_id', true), '')::uuid
     OR NOT EXISTS (SELECT 1 FROM public.workspace_members m WHERE m.workspace_id = p_workspace AND m.user_id = p_user) THEN
    RAISE EXCEPTION 'no such workspace' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM set_config('app.workspace_id', p_workspace::text, true);
END;
$$;
CREATE POLICY own ON public.workspace_members FOR SELECT TO ws_app
  USING (user_id = nullif(current_setting('app.user_id', true), '')::uuid);
CREATE POLICY mine ON public.cards FOR SELECT TO ws_app
  USING (workspace_id IN (SELECT m.workspace_id FROM public.workspace_members m)
         AND workspace_id = COALESCE(nullif(current_setting('app.workspace_id', true), '')::integer, workspace_id));
CREATE POLICY add ON public.cards FOR INSERT TO ws_app
  WITH CHECK (workspace_id IN (SELECT m.workspace_id FROM public.workspace_members m));
GRANT SELECT ON public.workspace_members TO ws_app;
GRANT SELECT, INSERT ON public.cards TO ws_app;
