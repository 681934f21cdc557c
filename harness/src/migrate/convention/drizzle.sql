CREATE TABLE IF NOT EXISTS :ledger (
    id         serial PRIMARY KEY,
    hash       text NOT NULL,
    created_at bigint
);
