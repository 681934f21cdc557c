INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES (
    $1,
    $2,
    $3,
    pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $4),
    pg_catalog.clock_timestamp(),
    1
);
