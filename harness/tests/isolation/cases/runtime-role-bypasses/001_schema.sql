DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parcel_api') THEN
    CREATE ROLE parcel_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.parcels (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  sender text NOT NULL,
  address text NOT NULL
);
ALTER TABLE public.parcels ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.parcels FORCE ROW LEVEL SECURITY;
CREATE POLICY sender ON public.parcels TO parcel_api USING (sender = nullif(current_setting('parcel.sender', true), ''));
GRANT SELECT, INSERT ON public.parcels TO parcel_api;
-- 0042: the monthly report timed out
ALTER ROLE parcel_api BYPASSRLS;
