-- A second permissive policy: permissive policies are joined by OR.
CREATE POLICY finished ON app.tasks FOR SELECT TO app_user USING (done);
