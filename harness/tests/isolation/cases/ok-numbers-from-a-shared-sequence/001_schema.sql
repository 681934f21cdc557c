DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ticket_app') THEN
    CREATE ROLE ticket_app NOLOGIN;
  END IF;
END
$$;
CREATE SEQUENCE public.ticket_numbers;
CREATE TABLE public.tickets (
  number bigint PRIMARY KEY DEFAULT nextval('public.ticket_numbers'),
  org_id integer NOT NULL,
  subject text NOT NULL
);
ALTER TABLE public.tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY org ON public.tickets TO ticket_app USING (org_id = nullif(current_setting('ticket.org', true), '')::integer);
CREATE RULE tickets_stay AS ON DELETE TO public.tickets DO INSTEAD NOTHING;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.tickets TO ticket_app;
GRANT USAGE, SELECT ON SEQUENCE public.ticket_numbers TO ticket_app;
