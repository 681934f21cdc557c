DROP TRIGGER once ON audit.log;
