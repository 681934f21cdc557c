ALTER TABLE app.tasks DROP CONSTRAINT tasks_project_fkey;
ALTER TABLE app.tasks ADD CONSTRAINT tasks_project_fkey
    FOREIGN KEY (tenant_id, project_id) REFERENCES app.projects (tenant_id, id);
