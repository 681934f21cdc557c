GRANT TRIGGER ON app.tasks TO app_user;
