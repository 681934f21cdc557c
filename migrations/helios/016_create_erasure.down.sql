REVOKE UPDATE (access_pattern) ON audit.data_access_log FROM privacy_worker;
REVOKE UPDATE (details) ON audit.security_violations FROM privacy_worker;
REVOKE ALL ON
    simple_chat_context,
    agent_context_states,
    consensus_memory_nodes,
    encrypted_fields,
    qdrant_access_control
FROM privacy_worker;
REVOKE SELECT, UPDATE (title, description, result, updated_at) ON tasks FROM privacy_worker;
REVOKE SELECT, UPDATE (content, metadata) ON unified_memory_vectors FROM privacy_worker;
REVOKE SELECT, UPDATE (title, content, content_hash, mime_type, metadata, updated_at) ON documents FROM privacy_worker;
REVOKE SELECT, UPDATE (title, metadata) ON chat_mode_sessions FROM privacy_worker;
REVOKE SELECT, UPDATE (bio, avatar_url, timezone, preferences, updated_at) ON user_profiles FROM privacy_worker;
REVOKE SELECT, UPDATE (email, display_name, locale, is_active, last_login_at, updated_at) ON users FROM privacy_worker;

DROP FUNCTION anonymize_user_data(UUID);
