DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'notes_app') THEN
    CREATE ROLE notes_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE SCHEMA retention;
CREATE TABLE public.memos (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE audit.removals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relation text NOT NULL,
  row_key jsonb NOT NULL,
  digits integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION audit.note_removal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.removals (relation, row_key, digits)
  VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, jsonb_build_object('id', OLD.id), length(OLD.body));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.note_removal() FROM PUBLIC;
CREATE TRIGGER note_removal AFTER DELETE ON public.memos FOR EACH ROW EXECUTE FUNCTION audit.note_removal();
GRANT SELECT, INSERT, UPDATE ON public.memos TO notes_app;
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
