-- Billing is meant to read everything and to finish tasks, but row level security shows it no task.
CREATE ROLE billing NOLOGIN;
GRANT USAGE ON SCHEMA app TO billing;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO billing;
GRANT UPDATE ON app.tasks TO billing;
CREATE POLICY billing ON app.projects FOR SELECT TO billing USING (true);
