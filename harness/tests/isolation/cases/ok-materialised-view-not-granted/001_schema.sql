DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'totals_app') THEN
    CREATE ROLE totals_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  firm_id integer NOT NULL,
  cents bigint NOT NULL
);
ALTER TABLE public.bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY firm ON public.bookings TO totals_app USING (firm_id = nullif(current_setting('totals.firm', true), '')::integer);
CREATE MATERIALIZED VIEW public.totals AS SELECT firm_id, sum(cents) AS cents FROM public.bookings GROUP BY firm_id;
CREATE UNIQUE INDEX ON public.totals (firm_id);
CREATE VIEW public.my_totals WITH (security_barrier) AS
  SELECT cents FROM public.totals WHERE firm_id = nullif(current_setting('totals.firm', true), '')::integer;
GRANT SELECT, INSERT ON public.bookings TO totals_app;
GRANT SELECT ON public.my_totals TO totals_app;
