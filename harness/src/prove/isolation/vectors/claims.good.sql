ALTER POLICY org ON app.notes USING (tenant_id = app.tenant());
