DROP TRIGGER sign ON audit.log;
