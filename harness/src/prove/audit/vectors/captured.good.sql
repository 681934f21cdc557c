CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON app.projects
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
