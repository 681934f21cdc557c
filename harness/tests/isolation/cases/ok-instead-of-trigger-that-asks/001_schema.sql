DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'task_api') THEN
    CREATE ROLE task_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA core;
CREATE SCHEMA api;
GRANT USAGE ON SCHEMA api TO task_api;
CREATE TABLE core.tasks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL,
  title text NOT NULL
);
CREATE VIEW api.tasks WITH (security_barrier) AS
  SELECT id, title FROM core.tasks WHERE user_id = nullif(current_setting('task.user_id', true), '')::uuid;
CREATE FUNCTION core.write_task() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := nullif(current_setting('task.user_id', true), '')::uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO core.tasks (user_id, title) VALUES (me, NEW.title) RETURNING id INTO NEW.id;
    RETURN NEW;
  ELSIF TG_OP = 'UPDATE' THEN
    UPDATE core.tasks SET title = NEW.title WHERE id = OLD.id AND user_id = me;
    RETURN NEW;
  END IF;
  DELETE FROM core.tasks WHERE id = OLD.id AND user_id = me;
  RETURN OLD;
END;
$$;
REVOKE EXECUTE ON FUNCTION core.write_task() FROM PUBLIC;
CREATE TRIGGER write_task INSTEAD OF INSERT OR UPDATE OR DELETE ON api.tasks FOR EACH ROW EXECUTE FUNCTION core.write_task();
GRANT SELECT, INSERT, UPDATE, DELETE ON api.tasks TO task_api;
