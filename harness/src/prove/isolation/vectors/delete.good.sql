DROP POLICY clear ON app.tasks;
