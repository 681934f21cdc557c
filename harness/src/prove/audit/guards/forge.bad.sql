-- The trigger needs it, since it does not run as its owner.
ALTER FUNCTION audit.record() SECURITY INVOKER;
GRANT USAGE ON SCHEMA audit TO app_user;
GRANT INSERT ON audit.log TO app_user;
