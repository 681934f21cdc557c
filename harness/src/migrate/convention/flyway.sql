-- As Flyway 10 makes it.
CREATE TABLE IF NOT EXISTS :ledger (
    installed_rank int NOT NULL,
    version varchar(50),
    description varchar(200) NOT NULL,
    type varchar(20) NOT NULL,
    script varchar(1000) NOT NULL,
    checksum integer,
    installed_by varchar(100) NOT NULL,
    installed_on timestamp NOT NULL DEFAULT now(),
    execution_time integer NOT NULL,
    success boolean NOT NULL
);

ALTER TABLE :ledger ADD CONSTRAINT ":name_pk" PRIMARY KEY (installed_rank);

CREATE INDEX ":name_s_idx" ON :ledger (success);
