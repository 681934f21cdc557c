-- The log is audited as well.
CREATE TRIGGER audit AFTER INSERT ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.record('id');
