DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meter_reader') THEN
    CREATE ROLE meter_reader NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.meters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  utility_id integer NOT NULL,
  kwh numeric NOT NULL
);
ALTER TABLE public.meters ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.meters FORCE ROW LEVEL SECURITY;
CREATE POLICY utility ON public.meters TO meter_reader
  USING (utility_id = COALESCE(current_setting('grid.utility', true)::integer, utility_id))
  WITH CHECK (utility_id = current_setting('grid.utility')::integer);
GRANT SELECT, INSERT ON public.meters TO meter_reader;
