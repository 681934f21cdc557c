-- As dbmate 2 makes it.
CREATE TABLE IF NOT EXISTS :ledger (version varchar NOT NULL PRIMARY KEY);
