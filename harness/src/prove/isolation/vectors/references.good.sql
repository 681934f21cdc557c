REVOKE REFERENCES ON app.accounts FROM app_user;
