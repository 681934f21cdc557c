DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rag_api') THEN
    CREATE ROLE rag_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.documents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  workspace_id uuid NOT NULL,
  content text NOT NULL
);
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.documents FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON public.documents TO rag_api
  USING (workspace_id = nullif(current_setting('rag.workspace', true), '')::uuid);
GRANT SELECT, INSERT ON public.documents TO rag_api;
CREATE FUNCTION public.fetch_documents(p_ids text[]) RETURNS TABLE (id uuid, content text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT d.id, d.content FROM public.documents d WHERE d.id::text = ANY (p_ids) $$;
