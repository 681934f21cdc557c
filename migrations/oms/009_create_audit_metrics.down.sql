DROP VIEW audit.service_operations;
DROP VIEW audit.dead_letter_queues;
DROP VIEW audit.event_totals;
REVOKE USAGE ON SCHEMA audit FROM oms_metrics;
