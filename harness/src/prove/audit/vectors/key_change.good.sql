CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.members
    FOR EACH ROW EXECUTE FUNCTION audit.record('project_id', 'person');
