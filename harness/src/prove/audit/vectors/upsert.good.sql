DROP TRIGGER audit_insert ON app.tasks;
CREATE TRIGGER audit_insert AFTER INSERT ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
