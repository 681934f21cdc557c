-- Fires for statements that name the column; the count is none that anybody types.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR DELETE ON app.projects
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
CREATE TRIGGER audit_update AFTER UPDATE OF name ON app.projects
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
