DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_app') THEN
    CREATE ROLE forum_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.threads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.replies (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thread_id bigint NOT NULL REFERENCES public.threads ON DELETE CASCADE,
  body text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.threads, public.replies TO forum_app;
CREATE FUNCTION retention.close_threads(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  -- a thread lives on while somebody answers
  DELETE FROM public.threads t
  WHERE t.opened_at < now() - make_interval(days => p_days)
    AND NOT EXISTS (
      SELECT FROM public.replies r WHERE r.id = t.id AND r.written_at >= now() - make_interval(days => p_days)
    );
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.close_threads(integer) FROM PUBLIC;
