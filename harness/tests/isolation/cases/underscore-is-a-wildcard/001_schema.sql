DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'talk') THEN
    CREATE ROLE talk NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.channels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  space text NOT NULL,
  topic text NOT NULL
);
ALTER TABLE public.channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.channels FORCE ROW LEVEL SECURITY;
CREATE POLICY space ON public.channels FOR SELECT TO talk USING (space LIKE nullif(current_setting('talk.space', true), ''));
CREATE POLICY add ON public.channels FOR INSERT TO talk WITH CHECK (space = current_setting('talk.space', true));
GRANT SELECT, INSERT ON public.channels TO talk;
