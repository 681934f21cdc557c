INSERT INTO atlas_schema_revisions.atlas_schema_revisions
    (version, description, type, applied, total, executed_at, execution_time, hash, partial_hashes, operator_version)
VALUES
    ($1, $2, 2, $3, $3, pg_catalog.clock_timestamp(), $4, $5, 'null', 'pgproof');
