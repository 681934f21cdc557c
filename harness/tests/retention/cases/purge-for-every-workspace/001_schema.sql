DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'board_app') THEN
    CREATE ROLE board_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.cards (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  workspace_id uuid NOT NULL,
  title text NOT NULL,
  done_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.cards TO board_app;
CREATE FUNCTION retention.remove_cards(workspace_id uuid, p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.cards WHERE workspace_id = workspace_id AND done_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.remove_cards(uuid, integer) FROM PUBLIC;
