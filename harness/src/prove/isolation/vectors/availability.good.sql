ALTER TABLE app.tasks ADD CONSTRAINT tasks_title_check CHECK (title <> '');
