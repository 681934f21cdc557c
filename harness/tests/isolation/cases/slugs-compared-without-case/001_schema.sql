DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kanban') THEN
    CREATE ROLE kanban NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.boards (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team text NOT NULL,
  title text NOT NULL
);
ALTER TABLE public.boards ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.boards FORCE ROW LEVEL SECURITY;
CREATE POLICY team ON public.boards TO kanban
  USING (lower(team) = lower(current_setting('kanban.team', true)));
GRANT SELECT, INSERT ON public.boards TO kanban;
