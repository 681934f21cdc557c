-- As drizzle-orm 1.0 makes it.
CREATE TABLE IF NOT EXISTS :ledger (
    id         serial PRIMARY KEY,
    hash       text NOT NULL,
    created_at bigint,
    name       text,
    applied_at timestamptz DEFAULT now()
);
