-- The tenants' role inherits nothing, but it may become a role that sees everything.
CREATE ROLE reports NOLOGIN BYPASSRLS;
GRANT USAGE ON SCHEMA app TO reports;
GRANT SELECT ON app.tasks TO reports;
GRANT reports TO app_user;
