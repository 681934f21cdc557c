DROP POLICY unblocked ON app.tasks;
