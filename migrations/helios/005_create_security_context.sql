-- For whom a transaction works. All three settings end with the transaction, so that a session of a pool takes nothing
-- of one user to the next.

CREATE FUNCTION set_security_context(user_id UUID, session_id UUID DEFAULT NULL, service_name TEXT DEFAULT NULL)
RETURNS VOID
LANGUAGE sql
VOLATILE
BEGIN ATOMIC
    SELECT set_config('app.current_user_id', COALESCE(user_id::TEXT, ''), TRUE);
    SELECT set_config('app.current_session_id', COALESCE(session_id::TEXT, ''), TRUE);
    SELECT set_config('app.current_service', COALESCE(service_name, ''), TRUE);
END;

COMMENT ON FUNCTION set_security_context IS 'Says for whom the transaction works, in which session and by which service';

-- A setting that was local to an earlier transaction is empty afterwards, and not unset: both are nobody.
CREATE FUNCTION get_current_user_id()
RETURNS UUID
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN NULLIF(current_setting('app.current_user_id', TRUE), '')::UUID;

COMMENT ON FUNCTION get_current_user_id IS 'For whom the transaction works; NULL where nobody has said so';
