DROP POLICY maintenance ON app.tasks;
