-- What `oms metrics` sends. Sorted, so that two calls differ in the numbers alone.

-- pgproof: as = "oms_metrics", name = "metrics: events"
SELECT action, resource_type, success, total
FROM audit.event_totals
ORDER BY action, resource_type, success;

-- pgproof: as = "oms_metrics", name = "metrics: dead letters"
SELECT dlq_type, size, oldest_age_seconds
FROM audit.dead_letter_queues
ORDER BY dlq_type;

-- pgproof: as = "oms_metrics", name = "metrics: services"
SELECT service_name, operation, total
FROM audit.service_operations
ORDER BY service_name, operation;
