DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'plan_app') THEN
    CREATE ROLE plan_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.plans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id integer NOT NULL,
  seats text NOT NULL DEFAULT '1'
);
ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.plans FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.plans FOR SELECT TO plan_app
  USING (seats::integer > 0 AND customer_id = nullif(current_setting('plan.customer', true), '')::integer);
CREATE POLICY customer_adds ON public.plans FOR INSERT TO plan_app
  WITH CHECK (customer_id = nullif(current_setting('plan.customer', true), '')::integer);
GRANT SELECT, INSERT ON public.plans TO plan_app;
