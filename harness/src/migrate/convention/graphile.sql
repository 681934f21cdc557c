CREATE SCHEMA IF NOT EXISTS graphile_migrate;
CREATE TABLE IF NOT EXISTS graphile_migrate.migrations (
    hash          text PRIMARY KEY,
    previous_hash text REFERENCES graphile_migrate.migrations,
    filename      text NOT NULL,
    date          timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS graphile_migrate.current (
    filename text PRIMARY KEY DEFAULT 'current.sql',
    content  text NOT NULL,
    date     timestamptz NOT NULL DEFAULT now()
);
