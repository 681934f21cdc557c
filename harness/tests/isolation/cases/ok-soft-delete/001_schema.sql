DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'contacts_app') THEN
    CREATE ROLE contacts_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.contacts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  book_id integer NOT NULL,
  name text NOT NULL,
  deleted_at timestamptz
);
ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY book ON public.contacts TO contacts_app
  USING (book_id = nullif(current_setting('contacts.book', true), '')::integer);
CREATE POLICY live ON public.contacts AS RESTRICTIVE FOR SELECT TO contacts_app USING (deleted_at IS NULL);
GRANT SELECT, INSERT, UPDATE ON public.contacts TO contacts_app;
