CREATE POLICY billing ON app.tasks TO billing USING (true);
