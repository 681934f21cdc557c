DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'svc_front') THEN
    CREATE ROLE svc_front NOLOGIN;
  END IF;
END
$$;
GRANT pg_read_all_data TO svc_front;
CREATE TABLE public.widgets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id integer NOT NULL,
  label text NOT NULL
);
ALTER TABLE public.widgets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.widgets FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.widgets TO svc_front USING (customer_id = nullif(current_setting('svc.customer', true), '')::integer);
GRANT SELECT, INSERT ON public.widgets TO svc_front;
CREATE SCHEMA vault;
CREATE TABLE vault.api_keys (
  customer_id integer PRIMARY KEY,
  key text NOT NULL
);
