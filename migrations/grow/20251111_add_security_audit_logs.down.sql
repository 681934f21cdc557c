-- Lost with the table: every entry. Take a backup first.

DROP TABLE security_audit_logs;
