DROP POLICY tenant ON app.tasks;
CREATE POLICY tenant ON app.tasks TO app_user
    USING (tenant_id = app.tenant() AND (done OR NOT done)) WITH CHECK (tenant_id = app.tenant());
