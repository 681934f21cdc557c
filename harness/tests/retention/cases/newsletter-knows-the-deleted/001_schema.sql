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
-- also of those who are no readers: there is no key between the two
CREATE TABLE public.newsletter (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  address text NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION public.subscribe() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.newsletter (address) VALUES (lower(NEW.email));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.subscribe() FROM PUBLIC;
CREATE TRIGGER subscribe AFTER INSERT OR UPDATE OF email ON public.readers FOR EACH ROW EXECUTE FUNCTION public.subscribe();
GRANT SELECT, INSERT ON public.readers TO news_app;
CREATE FUNCTION public.delete_reader(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM public.readers WHERE id = p_id;
  RETURN FOUND;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.delete_reader(bigint) FROM PUBLIC;
