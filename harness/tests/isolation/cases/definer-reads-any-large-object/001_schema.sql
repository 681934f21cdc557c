DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'inbox_app') THEN
    CREATE ROLE inbox_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.attachments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL,
  content oid NOT NULL
);
ALTER TABLE public.attachments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.attachments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.attachments FOR SELECT TO inbox_app
  USING (user_id = nullif(current_setting('inbox.user_id', true), '')::integer);
GRANT SELECT ON public.attachments TO inbox_app;
CREATE FUNCTION public.attachment(p_content oid) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT lo_get(p_content) $$;
