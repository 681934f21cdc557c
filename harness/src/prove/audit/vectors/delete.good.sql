ALTER TABLE app.tasks ENABLE TRIGGER audit_delete;
