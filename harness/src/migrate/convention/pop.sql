-- As pop 6 makes it.
CREATE TABLE IF NOT EXISTS :ledger (version varchar(14) NOT NULL, PRIMARY KEY (version));

CREATE UNIQUE INDEX ":name_version_idx" ON :ledger (version);
