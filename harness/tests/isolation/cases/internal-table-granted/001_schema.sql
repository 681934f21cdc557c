DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'web') THEN
    CREATE ROLE web NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA internal;
GRANT USAGE ON SCHEMA internal TO web;
CREATE TABLE internal.password_resets (
  token text PRIMARY KEY,
  email text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE TABLE internal.mail_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recipient text NOT NULL
);
CREATE TABLE public.profiles (
  user_id integer PRIMARY KEY,
  name text NOT NULL
);
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.profiles FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.profiles TO web USING (user_id = nullif(current_setting('web.user_id', true), '')::integer);
GRANT SELECT, UPDATE ON public.profiles TO web;
GRANT SELECT ON internal.password_resets TO web;
