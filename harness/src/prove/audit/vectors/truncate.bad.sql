GRANT TRUNCATE ON app.tasks TO app_user;
