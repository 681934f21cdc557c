DROP POLICY finished ON app.tasks;
