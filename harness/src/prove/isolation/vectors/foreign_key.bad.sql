-- The key is on the project's number alone: nothing asks whose project it is.
ALTER TABLE app.projects ADD CONSTRAINT projects_id_key UNIQUE (id);
ALTER TABLE app.tasks DROP CONSTRAINT tasks_tenant_id_project_id_fkey;
ALTER TABLE app.tasks ADD CONSTRAINT tasks_project_fkey FOREIGN KEY (project_id) REFERENCES app.projects (id);
