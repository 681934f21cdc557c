DROP TRIGGER audit ON audit.log;
