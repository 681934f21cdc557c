DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
    CREATE ROLE authenticated NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.files (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  uploaded_by uuid NOT NULL,
  path text NOT NULL,
  deleted_at timestamptz
);
ALTER TABLE public.files ENABLE ROW LEVEL SECURITY;
CREATE POLICY live ON public.files FOR SELECT TO authenticated
  USING (deleted_at IS NULL AND uploaded_by = (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid);
CREATE POLICY trash ON public.files FOR SELECT TO authenticated USING (deleted_at IS NOT NULL);
CREATE POLICY upload ON public.files FOR INSERT TO authenticated
  WITH CHECK (uploaded_by = (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid);
GRANT SELECT, INSERT ON public.files TO authenticated;
