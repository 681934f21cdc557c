-- A visit counts on the task that it names, whosesoever that is.
CREATE TABLE app.visits (
    tenant_id uuid NOT NULL,
    task_id bigint NOT NULL
);
ALTER TABLE app.visits ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.visits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON app.visits TO app_user
    USING (tenant_id = app.tenant()) WITH CHECK (tenant_id = app.tenant());
GRANT SELECT, INSERT ON app.visits TO app_user;

CREATE FUNCTION app.count_visit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE app.tasks SET done = true WHERE id = NEW.task_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER count_visit AFTER INSERT ON app.visits FOR EACH ROW EXECUTE FUNCTION app.count_visit();
