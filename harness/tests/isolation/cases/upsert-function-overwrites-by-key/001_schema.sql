DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'prefs_app') THEN
    CREATE ROLE prefs_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.preferences (
  id uuid PRIMARY KEY,
  user_id integer NOT NULL,
  value text NOT NULL
);
ALTER TABLE public.preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.preferences FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.preferences FOR SELECT TO prefs_app USING (user_id = nullif(current_setting('prefs.user_id', true), '')::integer);
GRANT SELECT ON public.preferences TO prefs_app;
CREATE FUNCTION public.save_preference(p_id uuid, p_value text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.preferences AS p (id, user_id, value)
  VALUES (p_id, current_setting('prefs.user_id')::integer, p_value)
  ON CONFLICT (id) DO UPDATE SET value = excluded.value;
END;
$$;
