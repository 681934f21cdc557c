DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'set_app') THEN
    CREATE ROLE set_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.settings (
  id uuid PRIMARY KEY,
  user_id integer NOT NULL,
  value text NOT NULL
);
ALTER TABLE public.settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.settings FOR SELECT TO set_app USING (user_id = nullif(current_setting('set.user_id', true), '')::integer);
GRANT SELECT ON public.settings TO set_app;
CREATE FUNCTION public.put_setting(p_id uuid, p_value text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO public.settings AS s (id, user_id, value)
  VALUES (p_id, nullif(current_setting('set.user_id', true), '')::integer, p_value)
  ON CONFLICT (id) DO UPDATE SET value = excluded.value
  WHERE s.user_id = nullif(current_setting('set.user_id', true), '')::integer
$$;
