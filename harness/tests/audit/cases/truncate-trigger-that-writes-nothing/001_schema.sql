DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'survey_app') THEN
    CREATE ROLE survey_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor uuid,
  table_name text NOT NULL,
  operation text NOT NULL,
  row_id text,
  old_data jsonb,
  new_data jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who uuid := nullif(current_setting('survey.user_id', true), '')::uuid;
BEGIN
  CASE TG_OP
    WHEN 'INSERT' THEN
      INSERT INTO audit.entries (actor, table_name, operation, row_id, new_data) VALUES (who, TG_RELID::regclass::text, TG_OP, NEW.id::text, to_jsonb(NEW));
    WHEN 'UPDATE' THEN
      INSERT INTO audit.entries (actor, table_name, operation, row_id, old_data, new_data) VALUES (who, TG_RELID::regclass::text, TG_OP, OLD.id::text, to_jsonb(OLD), to_jsonb(NEW));
    WHEN 'DELETE' THEN
      INSERT INTO audit.entries (actor, table_name, operation, row_id, old_data) VALUES (who, TG_RELID::regclass::text, TG_OP, OLD.id::text, to_jsonb(OLD));
    ELSE
      NULL;
  END CASE;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.answers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  question text NOT NULL,
  answer text
);
CREATE TRIGGER record_rows AFTER INSERT OR UPDATE OR DELETE ON public.answers FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER record_truncate AFTER TRUNCATE ON public.answers FOR EACH STATEMENT EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON public.answers TO survey_app;
