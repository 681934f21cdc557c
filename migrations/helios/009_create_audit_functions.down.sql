REVOKE USAGE ON SCHEMA audit FROM app_user;
DROP FUNCTION audit.log_security_violation(TEXT, TEXT, JSONB, BOOLEAN);
DROP FUNCTION audit.log_data_access(TEXT, TEXT, BIGINT, BOOLEAN, TEXT);
DROP FUNCTION audit.log_vector_operation(UUID, TEXT, TEXT, UUID[], JSONB);
DROP FUNCTION audit.log_change();
DROP FUNCTION audit.without_secrets(JSONB);
