REVOKE UPDATE (old_values, new_values) ON audit.audit_log FROM privacy_worker;
REVOKE SELECT, UPDATE (content) ON chat_messages FROM privacy_worker;
REVOKE SELECT, DELETE ON
    audit.audit_log,
    audit.data_access_log,
    audit.security_metrics,
    audit.security_violations,
    blackboard_events,
    router_decision_log
FROM privacy_worker;
REVOKE USAGE ON SCHEMA audit FROM privacy_worker;

DROP FUNCTION audit.cleanup_old_data();
DROP FUNCTION audit.without_content(JSONB);
DROP TABLE data_retention_policies;
