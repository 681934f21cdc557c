-- Fires before `trim_name`, and before the generated column has a value.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR DELETE ON app.projects
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
CREATE TRIGGER a_audit BEFORE UPDATE ON app.projects
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
