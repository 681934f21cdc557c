DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.login_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  device text NOT NULL
);
ALTER TABLE public.login_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.login_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.login_sessions FOR SELECT TO authenticated
  USING (user_id = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid);
GRANT SELECT ON public.login_sessions TO authenticated;
CREATE FUNCTION public.drop_session(p_session uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ DELETE FROM public.login_sessions WHERE id = p_session $$;
REVOKE EXECUTE ON FUNCTION public.drop_session(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.drop_session(uuid) TO authenticated;
