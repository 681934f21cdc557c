ALTER POLICY support ON app.tasks USING (tenant_id = app.tenant());
