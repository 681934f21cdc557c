DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'prompt_api') THEN
    CREATE ROLE prompt_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.prompts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  org_id integer,
  body text NOT NULL
);
ALTER TABLE public.prompts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.prompts FORCE ROW LEVEL SECURITY;
CREATE POLICY org_or_builtin ON public.prompts TO prompt_api
  USING (org_id IS NULL OR org_id = nullif(current_setting('app.org_id', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.prompts TO prompt_api;
