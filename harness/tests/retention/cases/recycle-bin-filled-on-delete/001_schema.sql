DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'notes_app') THEN
    CREATE ROLE notes_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.memos (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.recycle_bin (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin text NOT NULL,
  content jsonb NOT NULL,
  thrown_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION public.throw_away() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.recycle_bin (origin, content) VALUES (TG_TABLE_NAME, to_jsonb(OLD));
  RETURN OLD;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.throw_away() FROM PUBLIC;
CREATE TRIGGER throw_away BEFORE DELETE ON public.memos FOR EACH ROW EXECUTE FUNCTION public.throw_away();
GRANT SELECT, INSERT, DELETE ON public.memos TO notes_app;
CREATE FUNCTION retention.remove_memos(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.memos WHERE written_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_memos(integer) FROM PUBLIC;
