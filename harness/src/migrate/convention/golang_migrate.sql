-- As golang-migrate 4 makes it.
CREATE TABLE IF NOT EXISTS :ledger (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
