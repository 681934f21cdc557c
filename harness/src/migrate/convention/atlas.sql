CREATE SCHEMA IF NOT EXISTS atlas_schema_revisions;
CREATE TABLE IF NOT EXISTS atlas_schema_revisions.atlas_schema_revisions (
    version          varchar NOT NULL PRIMARY KEY,
    description      varchar NOT NULL,
    type             bigint NOT NULL DEFAULT 2,
    applied          bigint NOT NULL DEFAULT 0,
    total            bigint NOT NULL DEFAULT 0,
    executed_at      timestamptz NOT NULL,
    execution_time   bigint NOT NULL,
    error            text,
    error_stmt       text,
    hash             varchar NOT NULL,
    partial_hashes   jsonb,
    operator_version varchar NOT NULL
);
