DROP TRIGGER audit ON app.events_2025;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.events
    FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'day');
