-- Whether a session of this database waits for a lock.
SELECT pid
FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database()
    AND pid <> pg_catalog.pg_backend_pid()
    AND wait_event_type = 'Lock'
ORDER BY pid
