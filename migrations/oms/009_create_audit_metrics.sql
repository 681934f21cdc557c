-- What the log says in numbers: counters that only grow, and how the dead letters are. Whoever reads the metrics sees
-- these numbers and no event.

-- An event that died counts as one that failed, and as one that went well once it came to the log after all.
CREATE VIEW audit.event_totals AS
SELECT action, resource_type, TRUE AS success, count(*) AS total
FROM audit.events
GROUP BY action, resource_type
UNION ALL
SELECT event ->> 'action', event ->> 'resource_type', FALSE, count(*)
FROM audit.dead_letters
GROUP BY event ->> 'action', event ->> 'resource_type';

COMMENT ON VIEW audit.event_totals IS 'How many events there were, by whether they could be stored';

-- Both types are always there: a row that comes only with the first letter is one that an alert can't watch.
CREATE VIEW audit.dead_letter_queues AS
SELECT
    q.dlq_type,
    count(d.id) AS size,
    COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(d.died_at)), 0)::DOUBLE PRECISION AS oldest_age_seconds
FROM (VALUES ('refused'), ('unavailable')) AS q (dlq_type)
LEFT JOIN audit.dead_letters AS d ON d.dlq_type = q.dlq_type AND d.stored_at IS NULL
GROUP BY q.dlq_type;

COMMENT ON VIEW audit.dead_letter_queues IS 'How many events wait to be stored, and for how long the oldest has waited';

-- A service goes by its sub: the name that people see may change.
CREATE VIEW audit.service_operations AS
SELECT substr(actor_id, length('svc_') + 1) AS service_name, action AS operation, count(*) AS total
FROM (
    SELECT actor_id, action
    FROM audit.events
    WHERE actor_is_service
    UNION ALL
    SELECT event ->> 'actor_id', event ->> 'action'
    FROM audit.dead_letters
    WHERE stored_at IS NULL AND (event ->> 'actor_is_service')::BOOLEAN
) AS operations
GROUP BY actor_id, action;

COMMENT ON VIEW audit.service_operations IS 'How many documents each service has written, its dead events included';

GRANT USAGE ON SCHEMA audit TO oms_metrics;
GRANT SELECT ON audit.event_totals, audit.dead_letter_queues, audit.service_operations TO oms_metrics;
