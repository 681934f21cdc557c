DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'contacts_app') THEN
    CREATE ROLE contacts_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'contacts_worker') THEN
    CREATE ROLE contacts_worker NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.contacts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  book_id integer NOT NULL,
  name text NOT NULL,
  touched_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY book ON public.contacts TO contacts_app USING (book_id = nullif(current_setting('contacts.book', true), '')::integer);
CREATE POLICY worker ON public.contacts TO contacts_worker USING (true);
-- nobody needs to see the bin
CREATE POLICY live ON public.contacts AS RESTRICTIVE FOR SELECT USING (deleted_at IS NULL);
GRANT SELECT, INSERT, UPDATE ON public.contacts TO contacts_app;
GRANT SELECT, DELETE ON public.contacts TO contacts_worker;
CREATE FUNCTION public.drop_contacts(p_days integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.contacts WHERE touched_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.drop_contacts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.drop_contacts(integer) TO contacts_worker;
