DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'score_app') THEN
    CREATE ROLE score_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.score_versions (
  version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  copyist text,
  op text NOT NULL,
  score_id uuid NOT NULL,
  old_row json,
  new_row json
);
CREATE TABLE public.scores (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title text NOT NULL,
  "Opus No." integer,
  notes jsonb,
  scan bytea,
  plain text
);
ALTER TABLE public.scores ALTER COLUMN plain SET STORAGE EXTERNAL;
CREATE FUNCTION audit.score() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.score_versions (copyist, op, score_id, old_row, new_row)
  VALUES (nullif(current_setting('score.copyist', true), ''), lower(left(TG_OP, 1)), coalesce(OLD.id, NEW.id), to_json(OLD), to_json(NEW));
  RETURN NULL;
END;
$$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.scores FOR EACH ROW EXECUTE FUNCTION audit.score();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.scores TO score_app;
