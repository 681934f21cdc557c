-- As refinery 0.9 makes it.
CREATE TABLE IF NOT EXISTS :ledger (
    version int4 PRIMARY KEY,
    name varchar(255),
    applied_on varchar(255),
    checksum varchar(255)
);
