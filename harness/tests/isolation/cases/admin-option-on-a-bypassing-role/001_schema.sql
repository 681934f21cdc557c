DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meter_web') THEN
    CREATE ROLE meter_web NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'etl') THEN
    CREATE ROLE etl NOLOGIN BYPASSRLS;
  END IF;
END
$$;
ALTER ROLE meter_web NOINHERIT;
GRANT etl TO meter_web WITH ADMIN OPTION;
CREATE TABLE public.readings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  household uuid NOT NULL,
  kwh numeric NOT NULL
);
ALTER TABLE public.readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.readings FORCE ROW LEVEL SECURITY;
CREATE POLICY household ON public.readings TO meter_web USING (household = nullif(current_setting('meter.household', true), '')::uuid);
GRANT SELECT, INSERT ON public.readings TO meter_web;
GRANT SELECT ON public.readings TO etl;
