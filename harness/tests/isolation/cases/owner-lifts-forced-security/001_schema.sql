DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'letters_app') THEN
    CREATE ROLE letters_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.letters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  box integer NOT NULL,
  text text NOT NULL
);
ALTER TABLE public.letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.letters FORCE ROW LEVEL SECURITY;
CREATE POLICY box ON public.letters USING (box = nullif(current_setting('letters.box', true), '')::integer);
ALTER TABLE public.letters OWNER TO letters_app;
