DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quota_app') THEN
    CREATE ROLE quota_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.quotas (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id integer NOT NULL,
  seats text NOT NULL DEFAULT '1' CHECK (seats ~ '^[0-9]{1,6}$')
);
ALTER TABLE public.quotas ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quotas FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.quotas FOR SELECT TO quota_app
  USING (seats::integer >= 0 AND customer_id = nullif(current_setting('quota.customer', true), '')::integer);
CREATE POLICY customer_adds ON public.quotas FOR INSERT TO quota_app
  WITH CHECK (customer_id = nullif(current_setting('quota.customer', true), '')::integer);
GRANT SELECT, INSERT ON public.quotas TO quota_app;
