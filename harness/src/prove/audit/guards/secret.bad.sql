-- A secret comes, and the log takes it along.
ALTER TABLE app.tasks ADD COLUMN token text;
