REVOKE TRUNCATE ON app.tasks FROM app_user;
