-- Titles are unique over all tenants.
CREATE UNIQUE INDEX tasks_title_key ON app.tasks (lower(title));
