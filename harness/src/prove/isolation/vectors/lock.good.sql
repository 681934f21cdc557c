ALTER POLICY edit ON app.posts USING (tenant_id = app.tenant());
