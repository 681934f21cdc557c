REVOKE TRIGGER ON app.tasks FROM app_user;
