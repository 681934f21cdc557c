DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doc_migrator') THEN
    CREATE ROLE doc_migrator NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'doc_app') THEN
    CREATE ROLE doc_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.documents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id uuid NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.documents OWNER TO doc_migrator;
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.documents FOR ALL TO doc_app USING (owner_id = nullif(current_setting('doc.owner', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.documents TO doc_app;
