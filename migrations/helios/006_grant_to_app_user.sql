-- What the services may do at all; whose rows they see is the policies' part. TRUNCATE is not among it: no policy is
-- asked about that.

GRANT USAGE ON SCHEMA public TO app_user;

-- The record is the user's to read and to describe; that it comes, goes, is active or has an address is the identity
-- service's.
GRANT SELECT, UPDATE (display_name, locale, last_login_at, updated_at) ON users TO app_user;

GRANT SELECT, INSERT, UPDATE, DELETE ON
    user_profiles,
    chat_mode_sessions,
    chat_messages,
    simple_chat_context,
    router_decision_log,
    documents,
    unified_memory_vectors,
    consensus_memory_nodes,
    tasks,
    agent_context_states,
    blackboard_events
TO app_user;

REVOKE EXECUTE ON FUNCTION set_security_context(UUID, UUID, TEXT), get_current_user_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION set_security_context(UUID, UUID, TEXT), get_current_user_id() TO app_user;
