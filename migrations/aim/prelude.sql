-- What the platform gives before the first migration: the application's role, and its rights on whatever the
-- migrations will make. Default privileges are those of the role that makes the objects, so this runs as the
-- same role as the migrations. The role cannot log in here; where it can, the platform says so.

CREATE ROLE identity_app NOLOGIN;

ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO identity_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO identity_app;
