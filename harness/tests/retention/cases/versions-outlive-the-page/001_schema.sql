DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wiki_app') THEN
    CREATE ROLE wiki_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.pages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  content text NOT NULL,
  edited_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.page_versions (
  page_id bigint PRIMARY KEY,
  versions jsonb[] NOT NULL DEFAULT '{}'
);
CREATE FUNCTION public.keep_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.page_versions AS v (page_id, versions) VALUES (NEW.id, ARRAY[to_jsonb(NEW)])
  ON CONFLICT (page_id) DO UPDATE SET versions = v.versions || to_jsonb(NEW);
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.keep_version() FROM PUBLIC;
CREATE TRIGGER keep_version AFTER INSERT OR UPDATE ON public.pages FOR EACH ROW EXECUTE FUNCTION public.keep_version();
GRANT SELECT, INSERT, UPDATE ON public.pages TO wiki_app;
GRANT SELECT ON public.page_versions TO wiki_app;
CREATE FUNCTION retention.remove_pages(p_keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.pages WHERE edited_at < now() - p_keep;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_pages(interval) FROM PUBLIC;
