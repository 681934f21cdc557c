DROP POLICY numbered ON app.tasks;
CREATE POLICY numbered ON app.tasks AS RESTRICTIVE FOR SELECT TO app_user USING (octet_length(title) > -1);
