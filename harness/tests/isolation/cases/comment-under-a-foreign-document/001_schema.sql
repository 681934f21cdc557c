DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'review_app') THEN
    CREATE ROLE review_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_id uuid NOT NULL,
  title text NOT NULL
);
CREATE TABLE public.comments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id bigint NOT NULL REFERENCES public.documents ON DELETE CASCADE,
  written_by uuid NOT NULL,
  body text NOT NULL
);
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.documents FORCE ROW LEVEL SECURITY;
ALTER TABLE public.comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.documents TO review_app USING (owner_id = nullif(current_setting('review.user_id', true), '')::uuid);
CREATE POLICY read ON public.comments FOR SELECT TO review_app
  USING (EXISTS (SELECT 1 FROM public.documents d WHERE d.id = comments.document_id AND d.owner_id = nullif(current_setting('review.user_id', true), '')::uuid));
CREATE POLICY write ON public.comments FOR INSERT TO review_app
  WITH CHECK (written_by = nullif(current_setting('review.user_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON public.documents TO review_app;
GRANT SELECT, INSERT ON public.comments TO review_app;
