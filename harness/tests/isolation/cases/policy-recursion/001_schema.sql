DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'circles_app') THEN
    CREATE ROLE circles_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.circle_members (
  circle_id integer NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (circle_id, user_id)
);
ALTER TABLE public.circle_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.circle_members FORCE ROW LEVEL SECURITY;
CREATE POLICY fellow ON public.circle_members FOR SELECT TO circles_app
  USING (circle_id IN (SELECT m.circle_id FROM public.circle_members m
                       WHERE m.user_id = nullif(current_setting('circles.user_id', true), '')::uuid));
GRANT SELECT ON public.circle_members TO circles_app;
