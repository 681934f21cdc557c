DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'home_app') THEN
    CREATE ROLE home_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.devices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  household_id integer NOT NULL,
  label text NOT NULL
);
CREATE TABLE public.channels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device_id uuid NOT NULL REFERENCES public.devices ON DELETE CASCADE,
  unit text NOT NULL
);
CREATE TABLE public.readings (
  channel_id bigint NOT NULL REFERENCES public.channels ON DELETE CASCADE,
  at timestamptz NOT NULL,
  value numeric NOT NULL,
  PRIMARY KEY (channel_id, at)
);
ALTER TABLE public.devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.devices FORCE ROW LEVEL SECURITY;
ALTER TABLE public.channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.channels FORCE ROW LEVEL SECURITY;
ALTER TABLE public.readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.readings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.devices TO home_app USING (household_id = nullif(current_setting('home.household', true), '')::integer);
CREATE POLICY own ON public.channels TO home_app
  USING (EXISTS (SELECT 1 FROM public.devices d WHERE d.id = channels.device_id
                 AND d.household_id = nullif(current_setting('home.household', true), '')::integer));
CREATE POLICY own ON public.readings TO home_app
  USING (EXISTS (SELECT 1 FROM public.channels c JOIN public.devices d ON d.id = c.device_id
                 WHERE c.id = readings.channel_id AND d.household_id = nullif(current_setting('home.household', true), '')::integer));
GRANT SELECT, INSERT, UPDATE, DELETE ON public.devices, public.channels, public.readings TO home_app;
