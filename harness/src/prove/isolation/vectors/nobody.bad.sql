-- Meant for maintenance: a session without a tenant sees everything, as does any connection that forgot its context.
CREATE POLICY maintenance ON app.tasks FOR SELECT TO app_user USING (app.tenant() IS NULL);
