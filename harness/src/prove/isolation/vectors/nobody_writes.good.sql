DROP POLICY cleaner ON app.tasks;
