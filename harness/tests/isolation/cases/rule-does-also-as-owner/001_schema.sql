DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iot_app') THEN
    CREATE ROLE iot_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.devices (
  id integer PRIMARY KEY,
  owner_id integer NOT NULL,
  last_seen timestamptz,
  battery integer NOT NULL DEFAULT 100
);
CREATE TABLE public.pings (
  owner_id integer NOT NULL,
  device_id integer NOT NULL,
  battery integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.devices FORCE ROW LEVEL SECURITY;
ALTER TABLE public.pings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pings FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.devices TO iot_app USING (owner_id = nullif(current_setting('iot.owner', true), '')::integer);
CREATE POLICY own ON public.pings TO iot_app USING (owner_id = nullif(current_setting('iot.owner', true), '')::integer);
CREATE RULE pings_touch AS ON INSERT TO public.pings
  DO ALSO UPDATE public.devices SET last_seen = NEW.at, battery = NEW.battery WHERE id = NEW.device_id;
GRANT SELECT ON public.devices TO iot_app;
GRANT SELECT, INSERT ON public.pings TO iot_app;
