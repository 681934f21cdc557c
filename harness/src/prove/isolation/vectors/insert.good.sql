ALTER POLICY tenant ON app.tasks WITH CHECK (tenant_id = app.tenant());
