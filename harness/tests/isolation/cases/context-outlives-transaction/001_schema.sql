DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_web') THEN
    CREATE ROLE app_web NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO app_web;
CREATE FUNCTION app.begin_request(p_user uuid) RETURNS void LANGUAGE sql AS
$$ SELECT set_config('app.user_id', p_user::text, false) $$;
CREATE FUNCTION app.user_id() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
CREATE TABLE public.journal (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL DEFAULT app.user_id(),
  entry text NOT NULL
);
ALTER TABLE public.journal ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.journal FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON public.journal TO app_web USING (user_id = app.user_id());
GRANT SELECT, INSERT, UPDATE, DELETE ON public.journal TO app_web;
