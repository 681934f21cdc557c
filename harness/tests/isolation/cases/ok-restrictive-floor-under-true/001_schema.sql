DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cal_app') THEN
    CREATE ROLE cal_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  calendar_id bigint NOT NULL,
  title text NOT NULL,
  is_public boolean NOT NULL DEFAULT false
);
ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.events FORCE ROW LEVEL SECURITY;
CREATE POLICY anything ON public.events TO cal_app USING (true) WITH CHECK (true);
CREATE POLICY floor ON public.events AS RESTRICTIVE
  USING (calendar_id = nullif(current_setting('cal.calendar', true), '')::bigint);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.events TO cal_app;
