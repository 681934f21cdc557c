-- Double entry: of debit and credit one is zero.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TYPE side AS ENUM ('debit', 'credit');
CREATE TABLE accounts (tenant_id TENANT NOT NULL REFERENCES tenants, number varchar(6) NOT NULL CHECK (number ~ '^[1-9][0-9]{3,5}$'), normal side NOT NULL, PRIMARY KEY (tenant_id, number));
CREATE TABLE journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, booked_on date NOT NULL CHECK (booked_on >= '2020-01-01'), period text NOT NULL CHECK (period ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$'), UNIQUE (tenant_id, id));
CREATE TABLE entries (tenant_id TENANT NOT NULL, journal_id bigint NOT NULL, line smallint NOT NULL CHECK (line BETWEEN 1 AND 99), account varchar(6) NOT NULL, debit numeric(14, 2) NOT NULL DEFAULT 0 CHECK (debit >= 0), credit numeric(14, 2) NOT NULL DEFAULT 0 CHECK (credit >= 0),
    CHECK ((debit = 0) <> (credit = 0)), PRIMARY KEY (journal_id, line), FOREIGN KEY (tenant_id, journal_id) REFERENCES journal (tenant_id, id), FOREIGN KEY (tenant_id, account) REFERENCES accounts (tenant_id, number));
CREATE TABLE budgets (tenant_id TENANT NOT NULL, account varchar(6) NOT NULL, month date NOT NULL CHECK (date_trunc('month', month) = month), amount money NOT NULL CHECK (amount > 0::money), PRIMARY KEY (tenant_id, account, month), FOREIGN KEY (tenant_id, account) REFERENCES accounts);
