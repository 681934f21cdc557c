INSERT INTO audit.data_access_log (access_type, table_name, row_count, is_sensitive)
VALUES ('READ', 'documents', 1, TRUE), ('EXPORT', 'documents', 2, TRUE);

INSERT INTO audit.security_violations (violation_type, severity, blocked)
VALUES ('prompt injection', 'LOW', TRUE), ('prompt injection', 'HIGH', FALSE);

INSERT INTO audit.security_metrics (metric_name, metric_value)
VALUES ('violations_per_hour', 1), ('violations_per_hour', 2);
