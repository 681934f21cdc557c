DROP POLICY see ON app.tasks;
DROP POLICY touch ON app.tasks;
