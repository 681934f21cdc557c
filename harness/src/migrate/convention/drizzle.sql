CREATE SCHEMA IF NOT EXISTS drizzle;
CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (
    id         serial PRIMARY KEY,
    hash       text NOT NULL,
    created_at bigint
);
