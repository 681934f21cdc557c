DROP POLICY remove ON app.tasks;
