-- Meant for clean-up jobs: a session without a tenant deletes what is done, as does any connection that forgot its context.
CREATE POLICY cleaner ON app.tasks FOR DELETE TO app_user USING (app.tenant() IS NULL);
