DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'deals_app') THEN
    CREATE ROLE deals_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.deals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id integer NOT NULL,
  title text NOT NULL
);
CREATE TABLE public.activity (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  what jsonb NOT NULL
);
ALTER TABLE public.deals ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.deals FORCE ROW LEVEL SECURITY;
CREATE POLICY team ON public.deals TO deals_app USING (team_id = nullif(current_setting('deals.team', true), '')::integer);
CREATE FUNCTION public.note_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.activity (team_id, what) VALUES (NEW.team_id, to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON public.deals FOR EACH ROW EXECUTE FUNCTION public.note_activity();
GRANT SELECT, INSERT, UPDATE ON public.deals TO deals_app;
GRANT SELECT ON public.activity TO deals_app;
