REVOKE SELECT ON app.jobs FROM app_user;
