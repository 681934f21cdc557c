DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'subs_api') THEN
    CREATE ROLE subs_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.subscriptions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id integer NOT NULL,
  plan text NOT NULL DEFAULT 'free'
);
ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.account_id IS DISTINCT FROM OLD.account_id THEN
    RAISE EXCEPTION 'account_id cannot be changed';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER keep_account BEFORE UPDATE ON public.subscriptions FOR EACH ROW EXECUTE FUNCTION public.keep_account();
CREATE POLICY see ON public.subscriptions FOR SELECT TO subs_api USING (account_id = nullif(current_setting('subs.account', true), '')::integer);
CREATE POLICY change ON public.subscriptions FOR UPDATE TO subs_api
  USING (account_id = nullif(current_setting('subs.account', true), '')::integer) WITH CHECK (true);
GRANT SELECT, UPDATE ON public.subscriptions TO subs_api;
GRANT SET ON PARAMETER session_replication_role TO subs_api;
