REVOKE INSERT, UPDATE ON app.members FROM app_user;
