REVOKE reports FROM app_user;
