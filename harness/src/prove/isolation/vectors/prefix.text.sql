-- The example with names of tenants instead of uuids.
DROP POLICY tenant ON app.projects;
DROP POLICY tenant ON app.tasks;
DROP FUNCTION app.tenant();
ALTER TABLE app.tasks DROP CONSTRAINT tasks_tenant_id_project_id_fkey;
ALTER TABLE app.projects ALTER COLUMN tenant_id TYPE text;
ALTER TABLE app.tasks ALTER COLUMN tenant_id TYPE text;
ALTER TABLE app.tasks ADD CONSTRAINT tasks_tenant_id_project_id_fkey
    FOREIGN KEY (tenant_id, project_id) REFERENCES app.projects (tenant_id, id);
CREATE FUNCTION app.tenant() RETURNS text
LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('app.tenant_id', true), '') $$;
CREATE POLICY tenant ON app.projects TO app_user USING (tenant_id = app.tenant());
CREATE POLICY tenant ON app.tasks TO app_user USING (tenant_id = app.tenant());
