DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_app') THEN
    CREATE ROLE forum_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forum_janitor') THEN
    CREATE ROLE forum_janitor NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA upkeep;
CREATE TABLE public.drafts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON public.drafts TO forum_app;
GRANT USAGE ON SCHEMA upkeep TO forum_janitor;
GRANT SELECT, DELETE ON public.drafts TO forum_janitor;
CREATE PROCEDURE upkeep.remove_drafts(p_keep interval, INOUT removed bigint DEFAULT 0) LANGUAGE plpgsql AS $$
DECLARE
  v_batch bigint;
BEGIN
  LOOP
    BEGIN
      DELETE FROM public.drafts WHERE id IN (SELECT id FROM public.drafts WHERE saved_at < now() - p_keep ORDER BY id LIMIT 50);
      GET DIAGNOSTICS v_batch = ROW_COUNT;
      EXIT WHEN v_batch = 0;
      removed := removed + v_batch;
      COMMIT;
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'drafts are left for the next night: %', SQLERRM;
      EXIT;
    END;
  END LOOP;
END;
$$;
REVOKE EXECUTE ON PROCEDURE upkeep.remove_drafts(interval, bigint) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE upkeep.remove_drafts(interval, bigint) TO forum_janitor;
