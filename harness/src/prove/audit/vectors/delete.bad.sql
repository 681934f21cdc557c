-- A row trigger on DELETE is disabled for a bulk load, and never enabled again.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
CREATE TRIGGER audit_delete AFTER DELETE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
ALTER TABLE app.tasks DISABLE TRIGGER audit_delete;
