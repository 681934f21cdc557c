DROP FUNCTION get_current_user_id();
DROP FUNCTION set_security_context(UUID, UUID, TEXT);
