REVOKE DELETE ON audit.log FROM app_user;
