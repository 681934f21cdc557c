DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'news_app') THEN
    CREATE ROLE news_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'news_night') THEN
    CREATE ROLE news_night NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.article_reads (
  article_no integer NOT NULL,
  reader_no integer NOT NULL,
  read_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (article_no, reader_no)
);
GRANT SELECT, INSERT ON public.article_reads TO news_app;
GRANT SELECT (read_at), DELETE ON public.article_reads TO news_night;
