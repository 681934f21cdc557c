DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'contact_app') THEN
    CREATE ROLE contact_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'contact_owner') THEN
    CREATE ROLE contact_owner NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.contacts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  book_id bigint NOT NULL,
  full_name text NOT NULL
);
ALTER TABLE public.contacts OWNER TO contact_owner;
ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY book ON public.contacts USING (book_id = nullif(current_setting('contact.book', true), '')::bigint);
GRANT SELECT, INSERT ON public.contacts TO contact_app;
CREATE FUNCTION public.list_contacts() RETURNS SETOF public.contacts
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT * FROM public.contacts ORDER BY full_name $$;
ALTER FUNCTION public.list_contacts() OWNER TO contact_owner;
