DROP TABLE audit.security_metrics;
DROP TABLE audit.data_access_log;
DROP TABLE audit.security_violations;
DROP TABLE audit.audit_log;
DROP SCHEMA audit;
