DROP INDEX app.tasks_title_key;
CREATE UNIQUE INDEX tasks_title_key ON app.tasks (tenant_id, lower(title));
