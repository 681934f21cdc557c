DROP TRIGGER fill_in ON app.tasks;
