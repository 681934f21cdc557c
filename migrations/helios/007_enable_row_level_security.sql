-- Row level security on every table that holds something of a user, forced, so that the tables' owner is asked, too.
-- One policy a table, for every command: a row that a user may not see is one that they may not write, either. Where
-- nobody has set the context, get_current_user_id() is NULL, which equals nothing.

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE user_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE chat_mode_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_mode_sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE chat_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_messages FORCE ROW LEVEL SECURITY;
ALTER TABLE simple_chat_context ENABLE ROW LEVEL SECURITY;
ALTER TABLE simple_chat_context FORCE ROW LEVEL SECURITY;
ALTER TABLE router_decision_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE router_decision_log FORCE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
ALTER TABLE unified_memory_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE unified_memory_vectors FORCE ROW LEVEL SECURITY;
ALTER TABLE consensus_memory_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE consensus_memory_nodes FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
ALTER TABLE agent_context_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_context_states FORCE ROW LEVEL SECURITY;
ALTER TABLE blackboard_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE blackboard_events FORCE ROW LEVEL SECURITY;

CREATE POLICY users_isolation ON users
    FOR ALL TO app_user
    USING (id = get_current_user_id())
    WITH CHECK (id = get_current_user_id());

CREATE POLICY user_profiles_isolation ON user_profiles
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY chat_mode_sessions_isolation ON chat_mode_sessions
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY chat_messages_isolation ON chat_messages
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY simple_chat_context_isolation ON simple_chat_context
    FOR ALL TO app_user
    USING (
        EXISTS (
            SELECT FROM chat_mode_sessions AS session
            WHERE session.id = simple_chat_context.session_id AND session.user_id = get_current_user_id()
        )
    )
    WITH CHECK (
        EXISTS (
            SELECT FROM chat_mode_sessions AS session
            WHERE session.id = simple_chat_context.session_id AND session.user_id = get_current_user_id()
        )
    );

CREATE POLICY router_decision_log_isolation ON router_decision_log
    FOR ALL TO app_user
    USING (
        EXISTS (
            SELECT FROM chat_mode_sessions AS session
            WHERE session.id = router_decision_log.session_id AND session.user_id = get_current_user_id()
        )
    )
    WITH CHECK (
        EXISTS (
            SELECT FROM chat_mode_sessions AS session
            WHERE session.id = router_decision_log.session_id AND session.user_id = get_current_user_id()
        )
    );

CREATE POLICY documents_isolation ON documents
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY unified_memory_vectors_isolation ON unified_memory_vectors
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY consensus_memory_nodes_isolation ON consensus_memory_nodes
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY tasks_isolation ON tasks
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY agent_context_states_isolation ON agent_context_states
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

CREATE POLICY blackboard_events_isolation ON blackboard_events
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());
