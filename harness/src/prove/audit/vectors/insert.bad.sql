-- The trigger was made again for the commands that somebody had in mind.
DROP TRIGGER audit ON app.tasks;
CREATE TRIGGER audit AFTER UPDATE OR DELETE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
