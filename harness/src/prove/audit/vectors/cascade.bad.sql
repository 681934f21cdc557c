-- What happens inside of another trigger is taken for somebody else's affair, and a cascade does.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.tasks
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit.record('id');
