DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'issue_app') THEN
    CREATE ROLE issue_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.issues (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  reporter uuid NOT NULL,
  title text NOT NULL
);
CREATE TABLE public.comments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  issue_id uuid NOT NULL REFERENCES public.issues ON DELETE CASCADE,
  body text NOT NULL
);
ALTER TABLE public.issues ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.issues FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.issues TO issue_app USING (reporter = nullif(current_setting('issue.user_id', true), '')::uuid);
-- the policy of issues holds in this subquery too
CREATE POLICY of_own_issue ON public.comments TO issue_app
  USING (EXISTS (SELECT 1 FROM public.issues i WHERE i.id = comments.issue_id))
  WITH CHECK (EXISTS (SELECT 1 FROM public.issues i WHERE i.id = comments.issue_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON public.issues, public.comments TO issue_app;
