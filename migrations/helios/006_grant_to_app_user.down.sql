REVOKE EXECUTE ON FUNCTION set_security_context(UUID, UUID, TEXT), get_current_user_id() FROM app_user;
GRANT EXECUTE ON FUNCTION set_security_context(UUID, UUID, TEXT), get_current_user_id() TO PUBLIC;

REVOKE ALL ON
    users,
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
FROM app_user;
REVOKE UPDATE (display_name, locale, last_login_at, updated_at) ON users FROM app_user;
REVOKE USAGE ON SCHEMA public FROM app_user;
