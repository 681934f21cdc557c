DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'billing_api') THEN
    CREATE ROLE billing_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA billing;
GRANT USAGE ON SCHEMA billing TO billing_api;
CREATE TABLE billing.accounts (
  account_id integer PRIMARY KEY,
  legal_name text NOT NULL
);
CREATE TABLE billing.invoices (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES billing.accounts,
  total numeric(12, 2) NOT NULL CHECK (total >= 0)
);
CREATE TABLE billing.payments (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES billing.accounts,
  amount numeric(12, 2) NOT NULL
);
ALTER TABLE billing.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.accounts FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoices FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.payments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON billing.accounts TO billing_api
  USING (account_id = nullif(current_setting('billing.account', true), '')::integer);
CREATE POLICY own ON billing.invoices TO billing_api
  USING (account_id = nullif(current_setting('billing.account', true), '')::integer);
CREATE POLICY own ON billing.payments TO billing_api
  USING (account_id = nullif(current_setting('billing.account', true), '')::integer);
GRANT SELECT ON billing.accounts TO billing_api;
GRANT SELECT, INSERT, UPDATE ON billing.invoices, billing.payments TO billing_api;

-- sprint 14
CREATE TABLE billing.credit_notes (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES billing.accounts,
  reason text NOT NULL
);
GRANT SELECT ON billing.credit_notes TO billing_api;
