DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'docs_api') THEN
    CREATE ROLE docs_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.members (
  team_id integer NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE TABLE public.documents (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team_id integer NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.members FORCE ROW LEVEL SECURITY;
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.documents FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.get_document(p_id uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (
    SELECT d.body FROM public.documents d
    JOIN public.members m ON m.team_id = d.team_id
    WHERE d.id = p_id AND m.user_id = nullif(current_setting('docs.user_id', true), '')::uuid);
END;
$$;
REVOKE EXECUTE ON FUNCTION public.get_document(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.get_document(uuid) TO docs_api;
