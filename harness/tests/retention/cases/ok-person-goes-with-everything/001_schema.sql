DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'news_app') THEN
    CREATE ROLE news_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.readers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  full_name text
);
CREATE TABLE public.bookmarks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reader_id bigint NOT NULL REFERENCES public.readers ON DELETE CASCADE,
  article_no integer NOT NULL,
  remark text
);
CREATE TABLE public.newsletter (
  reader_id bigint NOT NULL,
  address text NOT NULL,
  PRIMARY KEY (reader_id, address)
);
CREATE FUNCTION public.subscribe() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.newsletter (reader_id, address) VALUES (NEW.id, lower(NEW.email)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.subscribe() FROM PUBLIC;
CREATE TRIGGER subscribe AFTER INSERT OR UPDATE OF email ON public.readers FOR EACH ROW EXECUTE FUNCTION public.subscribe();
GRANT SELECT, INSERT, UPDATE ON public.readers, public.bookmarks TO news_app;
CREATE FUNCTION public.delete_reader(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.newsletter WHERE reader_id = p_id;
  DELETE FROM public.readers WHERE id = p_id;
  RETURN FOUND;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.delete_reader(bigint) FROM PUBLIC;
