DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fleet_app') THEN
    CREATE ROLE fleet_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.fleets (
  id smallint PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.vehicles (
  plate text NOT NULL,
  fleet_id smallint NOT NULL REFERENCES public.fleets,
  mileage integer NOT NULL DEFAULT 0,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
ALTER TABLE public.vehicles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.vehicles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.fleets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.fleets FORCE ROW LEVEL SECURITY;
CREATE POLICY fleets_self ON public.fleets FOR SELECT TO fleet_app
  USING (id = nullif(current_setting('fleet.current', true), '')::smallint);
CREATE POLICY vehicles_read ON public.vehicles FOR SELECT TO fleet_app
  USING (fleet_id = nullif(current_setting('fleet.current', true), '')::smallint);
CREATE POLICY vehicles_edit ON public.vehicles FOR UPDATE TO fleet_app
  USING (fleet_id = nullif(current_setting('fleet.current', true), '')::smallint) WITH CHECK (true);
GRANT SELECT ON public.fleets TO fleet_app;
GRANT SELECT, UPDATE ON public.vehicles TO fleet_app;
