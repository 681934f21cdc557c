CREATE OR REPLACE VIEW app.my_projects WITH (security_barrier) AS
SELECT p.tenant_id, p.id, p.name FROM app.projects AS p WHERE p.tenant_id = app.tenant()
WITH CASCADED CHECK OPTION;
