-- ALL takes REFERENCES along, and tenants' sessions may make tables.
CREATE TABLE app.accounts (
    tenant_id uuid NOT NULL,
    iban text PRIMARY KEY
);
ALTER TABLE app.accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON app.accounts TO app_user USING (tenant_id = app.tenant());
GRANT SELECT, REFERENCES ON app.accounts TO app_user;
GRANT CREATE ON SCHEMA app TO app_user;
