-- Shows each tenant its own projects, with its owner's rights; a row that it would not show it takes all the same.
CREATE VIEW app.my_projects WITH (security_barrier) AS
SELECT p.tenant_id, p.id, p.name FROM app.projects AS p WHERE p.tenant_id = app.tenant();
GRANT SELECT, INSERT ON app.my_projects TO app_user;
