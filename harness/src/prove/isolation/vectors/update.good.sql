DROP POLICY touch ON app.tasks;
