DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mail_app') THEN
    CREATE ROLE mail_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  box text NOT NULL,
  subject text NOT NULL
);
ALTER TABLE public.mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.mails FORCE ROW LEVEL SECURITY;
CREATE POLICY box ON public.mails TO mail_app USING (box = current_setting('mail.box', true));
GRANT SELECT, INSERT ON public.mails TO mail_app;
CREATE FUNCTION public.search_mails(p_query text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT subject FROM public.mails WHERE box = %L AND subject ILIKE ''%%%s%%''', current_setting('mail.box', true), p_query);
END;
$$;
