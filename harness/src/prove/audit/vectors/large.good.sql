DROP TRIGGER shorten ON audit.log;
