-- Ends the sessions of a run but for the asking ones, and counts those that are there still. $1: its register's name.
SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid))
FROM pg_catalog.pg_stat_activity AS a
WHERE a.application_name = $1
    AND a.pid <> pg_catalog.pg_backend_pid()
    AND a.datname IS DISTINCT FROM $1
