-- Support works for one tenant at a time, and one policy forgot that.
CREATE ROLE support NOLOGIN;
GRANT USAGE ON SCHEMA app TO support;
GRANT SELECT ON app.projects, app.tasks TO support;
CREATE POLICY support ON app.projects FOR SELECT TO support USING (tenant_id = app.tenant());
CREATE POLICY support ON app.tasks FOR SELECT TO support USING (true);
