ALTER POLICY "Individuals can delete their own todos." ON todos USING (true);
