CREATE TABLE :ledger (
    id     serial PRIMARY KEY,
    name   varchar(255) NOT NULL,
    run_on timestamp NOT NULL
);
