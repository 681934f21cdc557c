-- One column of a key of two: two members of a project are the same to the log.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.members
    FOR EACH ROW EXECUTE FUNCTION audit.record('project_id');
