DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'book_owner') THEN
    CREATE ROLE book_owner NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'book_app') THEN
    CREATE ROLE book_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.contacts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  book_id integer NOT NULL,
  name text NOT NULL
);
ALTER TABLE public.contacts OWNER TO book_owner;
ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.contacts FORCE ROW LEVEL SECURITY;
CREATE POLICY book ON public.contacts USING (book_id = nullif(current_setting('book.id', true), '')::integer);
GRANT SELECT, INSERT ON public.contacts TO book_app;
CREATE FUNCTION public.search_contacts(p_part text) RETURNS SETOF public.contacts
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT * FROM public.contacts c WHERE c.name ILIKE '%' || p_part || '%' $$;
ALTER FUNCTION public.search_contacts(text) OWNER TO book_owner;
