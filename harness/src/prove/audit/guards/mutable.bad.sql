GRANT USAGE ON SCHEMA audit TO app_user;
GRANT SELECT, DELETE ON audit.log TO app_user;
