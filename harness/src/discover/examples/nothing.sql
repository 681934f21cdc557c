CREATE ROLE crm_app NOLOGIN;
CREATE TABLE accounts (id integer PRIMARY KEY, tenant_id integer NOT NULL, name text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, tenant_id integer NOT NULL, account_id integer REFERENCES accounts, body text);
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, notes TO crm_app;
