-- What the runbook looks at. Two of its queries ran on no PostgreSQL and are mended here: "gaps between accesses" took the maximum of
-- a window function in one go, and "trigger status" asked information_schema.triggers whether a trigger is enabled, which
-- the catalog alone knows.

-- pgproof: as = "security_monitor", name = "violations of the last 24 hours by severity"
SELECT severity, violation_type, count(*) AS violations, count(*) FILTER (WHERE NOT blocked) AS not_blocked
FROM audit.security_violations
WHERE created_at > now() - INTERVAL '24 hours'
GROUP BY severity, violation_type
ORDER BY array_position(ARRAY['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], severity), violations DESC, violation_type;

-- pgproof: as = "security_monitor", name = "more than 50 sensitive accesses in an hour"
SELECT user_id, date_trunc('hour', created_at) AS hour, count(*) AS accesses, sum(row_count) AS rows_read
FROM audit.data_access_log
WHERE
    is_sensitive
    AND created_at > now() - INTERVAL '24 hours'
GROUP BY user_id, date_trunc('hour', created_at)
HAVING count(*) > 50
ORDER BY accesses DESC, user_id, hour;

-- pgproof: as = "security_monitor", name = "gaps between accesses"
-- What reads for an hour without a pause is no person.
SELECT access.user_id, count(*) AS accesses, max(access.gap) AS longest_gap
FROM (
    SELECT
        user_id,
        created_at - lag(created_at) OVER (PARTITION BY user_id ORDER BY created_at, id) AS gap
    FROM audit.data_access_log
    WHERE created_at > now() - INTERVAL '1 hour'
) AS access
GROUP BY access.user_id
ORDER BY accesses DESC, access.user_id;

-- pgproof: as = "security_monitor", name = "audit health"
SELECT
    count(*) AS entries,
    count(*) FILTER (WHERE user_id IS NULL) AS without_user,
    count(DISTINCT (table_schema, table_name)) AS tables,
    max(created_at) AS latest
FROM audit.audit_log
WHERE created_at > now() - INTERVAL '1 hour';

-- pgproof: as = "security_monitor", name = "trigger status"
-- Each table of users with its audit trigger: none, or one that is not enabled ('O' or 'A'), wants mending.
SELECT
    namespace.nspname AS table_schema,
    relation.relname AS table_name,
    trigger.tgname AS trigger_name,
    COALESCE(trigger.tgenabled IN ('O', 'A'), FALSE) AS is_enabled
FROM pg_catalog.pg_class AS relation
INNER JOIN pg_catalog.pg_namespace AS namespace ON relation.relnamespace = namespace.oid
LEFT JOIN pg_catalog.pg_trigger AS trigger
    ON trigger.tgrelid = relation.oid AND trigger.tgname = 'audit_trigger_' || relation.relname
WHERE
    namespace.nspname = 'public'
    AND relation.relkind IN ('r', 'p')
    AND relation.relname <> 'schema_migrations'
ORDER BY is_enabled, table_schema, table_name;

-- pgproof: as = "security_monitor", name = "sizes"
SELECT
    namespace.nspname AS table_schema,
    relation.relname AS table_name,
    pg_size_pretty(pg_total_relation_size(relation.oid)) AS size
FROM pg_catalog.pg_class AS relation
INNER JOIN pg_catalog.pg_namespace AS namespace ON relation.relnamespace = namespace.oid
WHERE
    namespace.nspname IN ('public', 'audit')
    AND relation.relkind IN ('r', 'p')
ORDER BY pg_total_relation_size(relation.oid) DESC, table_schema, table_name;

-- pgproof: as = "security_monitor", name = "connections"
SELECT usename, state, count(*) AS connections
FROM pg_catalog.pg_stat_activity
WHERE datname = current_database()
GROUP BY usename, state
ORDER BY connections DESC, usename, state;

-- pgproof: as = "security_monitor", name = "metrics: keep the counts of the last hour"
INSERT INTO audit.security_metrics (metric_name, metric_value)
SELECT 'violations_per_hour', count(*)
FROM audit.security_violations
WHERE created_at > now() - INTERVAL '1 hour'
UNION ALL
SELECT 'sensitive_accesses_per_hour', count(*)
FROM audit.data_access_log
WHERE
    is_sensitive
    AND created_at > now() - INTERVAL '1 hour'
UNION ALL
SELECT 'audit_entries_per_hour', count(*)
FROM audit.audit_log
WHERE created_at > now() - INTERVAL '1 hour';
