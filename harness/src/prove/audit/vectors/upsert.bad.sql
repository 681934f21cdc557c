-- A BEFORE trigger fires before anybody knows whether there is a conflict.
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
CREATE TRIGGER audit_insert BEFORE INSERT ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
