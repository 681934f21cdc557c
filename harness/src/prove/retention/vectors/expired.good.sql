CREATE POLICY retention ON app.calls TO keeper USING (true);
