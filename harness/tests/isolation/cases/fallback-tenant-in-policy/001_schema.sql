DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mdm') THEN
    CREATE ROLE mdm NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.devices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer_id uuid NOT NULL,
  imei text NOT NULL
);
ALTER TABLE public.devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.devices FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.devices TO mdm
  USING (customer_id = COALESCE(nullif(current_setting('mdm.customer', true), ''), '00000000-0000-4000-8000-000000000001')::uuid);
GRANT SELECT, INSERT ON public.devices TO mdm;
