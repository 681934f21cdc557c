DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pbx') THEN
    CREATE ROLE pbx NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.phone_numbers (
  number text PRIMARY KEY CHECK (number ~ '^\+[0-9]{6,15}$'),
  customer bigint NOT NULL,
  forward_to text
);
ALTER TABLE public.phone_numbers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.phone_numbers FORCE ROW LEVEL SECURITY;
CREATE POLICY see ON public.phone_numbers FOR SELECT TO pbx USING (customer = nullif(current_setting('pbx.customer', true), '')::bigint);
CREATE POLICY edit ON public.phone_numbers FOR UPDATE TO pbx
  USING (true) WITH CHECK (customer = nullif(current_setting('pbx.customer', true), '')::bigint);
GRANT SELECT ON public.phone_numbers TO pbx;
GRANT UPDATE (customer, forward_to) ON public.phone_numbers TO pbx;
