SELECT audit.log_data_access('SEARCH', 'documents', 1, TRUE, 'canary-7c3e19');
SELECT audit.log_security_violation('prompt injection', 'LOW', '{"prompt": "canary-7c3e19"}', TRUE);
SELECT audit.log_vector_operation(get_current_user_id(), 'UPSERT', 'notes', '{}', '{"title": "canary-7c3e19"}');
INSERT INTO privacy_requests (user_id, request_type, details)
VALUES (get_current_user_id(), 'ERASURE', 'canary-7c3e19');
INSERT INTO chat_messages (user_id, session_id, role, content)
SELECT user_id, id, 'user', 'canary-7c3e19' FROM chat_mode_sessions;
DELETE FROM chat_messages WHERE content = 'canary-7c3e19';
