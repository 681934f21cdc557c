-- Forgetting one person, everywhere. Their rows stay where others lean on them or where their key is still needed (a point of
-- Qdrant has to be removed there, by its id), and say nothing any more; what was only of use to their agents goes. Like
-- retention it works with the rights of privacy_worker, which are what is granted here, and fails where policies would hide rows.

CREATE FUNCTION anonymize_user_data(user_id UUID)
RETURNS BIGINT
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $$
#variable_conflict use_column
DECLARE
    subject CONSTANT UUID := anonymize_user_data.user_id;
    sessions TEXT[];
    affected BIGINT;
    total BIGINT := 0;
BEGIN
    -- Nobody erases the same person at the same time.
    PERFORM FROM public.users WHERE id = subject FOR UPDATE;

    UPDATE public.users
    SET
        email = subject || '@anonymized.invalid',
        display_name = '[anonymized]',
        locale = 'en',
        is_active = FALSE,
        last_login_at = NULL,
        updated_at = now()
    WHERE
        id = subject
        AND (email, display_name, locale, is_active, last_login_at)
        IS DISTINCT FROM (subject || '@anonymized.invalid', '[anonymized]', 'en', FALSE, NULL);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE public.user_profiles
    SET bio = NULL, avatar_url = NULL, timezone = 'UTC', preferences = '{}', updated_at = now()
    WHERE
        user_id = subject
        AND (bio, avatar_url, timezone, preferences) IS DISTINCT FROM (NULL, NULL, 'UTC', '{}'::JSONB);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE public.chat_mode_sessions
    SET title = '[anonymized]', metadata = '{}'
    WHERE user_id = subject AND (title, metadata) IS DISTINCT FROM ('[anonymized]', '{}'::JSONB);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE public.chat_messages
    SET content = '[anonymized]'
    WHERE user_id = subject AND content <> '[anonymized]';
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    -- A hash of what was there would tell whoever guesses it.
    UPDATE public.documents
    SET
        content_hash = replace(id::TEXT, '-', ''),
        title = '[anonymized]',
        content = '[anonymized]',
        mime_type = 'text/plain',
        metadata = '{}',
        updated_at = now()
    WHERE
        user_id = subject
        AND (
            content_hash <> replace(id::TEXT, '-', '')
            OR (title, content, mime_type, metadata)
            IS DISTINCT FROM ('[anonymized]', '[anonymized]', 'text/plain', '{}'::JSONB)
        );
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE public.unified_memory_vectors
    SET content = '[anonymized]', metadata = '{}'
    WHERE user_id = subject AND (content, metadata) IS DISTINCT FROM ('[anonymized]', '{}'::JSONB);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE public.tasks
    SET title = '[anonymized]', description = NULL, result = NULL, updated_at = now()
    WHERE user_id = subject AND (title, description, result) IS DISTINCT FROM ('[anonymized]', NULL, NULL::JSONB);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE public.privacy_requests
    SET details = NULL, response = NULL
    WHERE user_id = subject AND (details IS NOT NULL OR response IS NOT NULL);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.simple_chat_context
    WHERE session_id IN (SELECT id FROM public.chat_mode_sessions WHERE user_id = subject);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.router_decision_log
    WHERE session_id IN (SELECT id FROM public.chat_mode_sessions WHERE user_id = subject);
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.agent_context_states WHERE user_id = subject;
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.blackboard_events WHERE user_id = subject;
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.consensus_memory_nodes WHERE user_id = subject;
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.encrypted_fields WHERE user_id = subject;
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    DELETE FROM public.qdrant_access_control WHERE user_id = subject;
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    -- That there was a violation, or an access, stays known; what it was about does not.
    UPDATE audit.security_violations
    SET details = '{}'
    WHERE user_id = subject AND details <> '{}';
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    UPDATE audit.data_access_log
    SET access_pattern = NULL
    WHERE user_id = subject AND access_pattern IS NOT NULL;
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;

    -- Last, for the log has seen all of the above. Rows that are gone are known by what their images say; a session that is
    -- gone, by the entry of its end.
    SELECT array_agg(session.id)
    INTO sessions
    FROM (
        SELECT id::TEXT FROM public.chat_mode_sessions WHERE user_id = subject
        UNION
        SELECT record_id
        FROM audit.audit_log
        WHERE
            (table_schema, table_name) = ('public', 'chat_mode_sessions')
            AND subject::TEXT IN (old_values ->> 'user_id', new_values ->> 'user_id')
    ) AS session (id);
    UPDATE audit.audit_log
    SET
        old_values = audit.without_content(old_values),
        new_values = audit.without_content(new_values)
    WHERE
        (
            subject::TEXT IN (old_values ->> 'user_id', new_values ->> 'user_id')
            OR old_values ->> 'session_id' = ANY (sessions)
            OR new_values ->> 'session_id' = ANY (sessions)
            OR (table_schema, table_name, record_id) = ('public', 'users', subject::TEXT)
            OR (table_schema = 'qdrant' AND user_id = subject)
        )
        AND (
            old_values IS DISTINCT FROM audit.without_content(old_values)
            OR new_values IS DISTINCT FROM audit.without_content(new_values)
        );
    GET DIAGNOSTICS affected = ROW_COUNT;
    total := total + affected;
    RETURN total;
END;
$$;

COMMENT ON FUNCTION anonymize_user_data IS 'Forgets a person and keeps the keys of their rows; returns how many rows that took';

REVOKE EXECUTE ON FUNCTION anonymize_user_data(UUID) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION anonymize_user_data(UUID) TO privacy_worker;

GRANT SELECT, UPDATE (email, display_name, locale, is_active, last_login_at, updated_at) ON users TO privacy_worker;
GRANT SELECT, UPDATE (bio, avatar_url, timezone, preferences, updated_at) ON user_profiles TO privacy_worker;
GRANT SELECT, UPDATE (title, metadata) ON chat_mode_sessions TO privacy_worker;
GRANT SELECT, UPDATE (title, content, content_hash, mime_type, metadata, updated_at) ON documents TO privacy_worker;
GRANT SELECT, UPDATE (content, metadata) ON unified_memory_vectors TO privacy_worker;
GRANT SELECT, UPDATE (title, description, result, updated_at) ON tasks TO privacy_worker;
GRANT SELECT, DELETE ON
    simple_chat_context,
    agent_context_states,
    consensus_memory_nodes,
    encrypted_fields,
    qdrant_access_control
TO privacy_worker;
GRANT UPDATE (details) ON audit.security_violations TO privacy_worker;
GRANT UPDATE (access_pattern) ON audit.data_access_log TO privacy_worker;
