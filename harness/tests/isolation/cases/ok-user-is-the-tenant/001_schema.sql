DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'account_app') THEN
    CREATE ROLE account_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL CHECK (email LIKE '%_@_%'),
  password_hash text NOT NULL
);
CREATE TABLE public.sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE TABLE public.session_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES public.sessions ON DELETE CASCADE,
  kind text NOT NULL
);
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.session_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session_events FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.current_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('account.user_id', true), '')::uuid $$;
CREATE POLICY self ON public.users TO account_app USING (id = public.current_user_id());
CREATE POLICY own ON public.sessions TO account_app USING (user_id = public.current_user_id());
CREATE POLICY own ON public.session_events TO account_app
  USING (session_id IN (SELECT s.id FROM public.sessions s WHERE s.user_id = public.current_user_id()));
GRANT SELECT, UPDATE, DELETE ON public.users TO account_app;
GRANT SELECT, INSERT, DELETE ON public.sessions, public.session_events TO account_app;
