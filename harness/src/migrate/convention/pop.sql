-- As pop 6 makes it.
CREATE TABLE IF NOT EXISTS schema_migration (version varchar(14) NOT NULL, PRIMARY KEY (version));

CREATE UNIQUE INDEX schema_migration_version_idx ON schema_migration (version);
