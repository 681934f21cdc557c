DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stats_app') THEN
    CREATE ROLE stats_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA stats;
GRANT USAGE ON SCHEMA stats TO stats_app;
CREATE TABLE public.sales (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop_id integer NOT NULL,
  sold_on date NOT NULL,
  cents integer NOT NULL
);
ALTER TABLE public.sales ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sales FORCE ROW LEVEL SECURITY;
CREATE POLICY shop ON public.sales TO stats_app USING (shop_id = nullif(current_setting('stats.shop', true), '')::integer);
CREATE MATERIALIZED VIEW stats.daily_revenue AS
  SELECT shop_id, sold_on, sum(cents) AS cents FROM public.sales GROUP BY shop_id, sold_on;
GRANT SELECT ON public.sales, stats.daily_revenue TO stats_app;
