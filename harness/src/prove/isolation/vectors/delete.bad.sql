-- Rows of others can't be read, but a DELETE without WHERE does not read.
CREATE POLICY clear ON app.tasks FOR DELETE TO app_user USING (true);
