DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anon') THEN
    CREATE ROLE anon NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.memos (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author_id uuid NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.memos ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.memos FORCE ROW LEVEL SECURITY;
CREATE POLICY signed_in ON public.memos FOR SELECT USING (nullif(current_setting('request.jwt.claim.sub', true), '') IS NOT NULL);
CREATE POLICY author ON public.memos FOR INSERT TO authenticated
  WITH CHECK (author_id = nullif(current_setting('request.jwt.claim.sub', true), '')::uuid);
GRANT SELECT ON public.memos TO anon, authenticated;
GRANT INSERT ON public.memos TO authenticated;
