-- The trigger is made on the partition that there was at the time.
DROP TRIGGER audit ON app.events;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.events_2025
    FOR EACH ROW EXECUTE FUNCTION audit.record('id', 'day');
