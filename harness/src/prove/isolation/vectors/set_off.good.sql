CREATE OR REPLACE FUNCTION app.count_visit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE app.tasks SET done = true WHERE id = NEW.task_id AND tenant_id = app.tenant();
    RETURN NEW;
END
$$;
