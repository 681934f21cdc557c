-- What every transaction of the services begins with.

-- pgproof: as = "app_user", name = "context: set"
-- $1 user, $2 session, $3 the service's name.
SELECT set_security_context($1::UUID, $2::UUID, $3::TEXT);

-- pgproof: as = "app_user", name = "context: read back"
SELECT get_current_user_id();
