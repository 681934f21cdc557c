CREATE ROLE gateway LOGIN NOINHERIT;
CREATE ROLE tenants NOLOGIN;
CREATE ROLE north NOLOGIN IN ROLE tenants;
CREATE ROLE south NOLOGIN IN ROLE tenants;
GRANT north, south TO gateway;
CREATE TABLE ledgers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    holder name NOT NULL DEFAULT current_user,
    amount numeric NOT NULL
);
ALTER TABLE ledgers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ledgers TO tenants USING (holder = current_user) WITH CHECK (holder = current_user);
GRANT SELECT, INSERT ON ledgers TO tenants;
