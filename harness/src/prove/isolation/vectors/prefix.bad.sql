-- 'south' is taken for 'south-labs'.
CREATE POLICY remove ON app.tasks FOR DELETE TO app_user USING (starts_with(tenant_id::text, app.tenant()::text));
