-- What the platform gives before the first migration: the roles. They own nothing, and what they may do the migrations grant by
-- name. They cannot log in here; where they can, the platform says so.

-- What the workflow services run as.
CREATE ROLE app_user NOLOGIN;

-- What forgets: retention and erasure. No user's policy lets it see everybody's rows, so it passes them all; the tables and
-- columns that it is granted are what holds it.
CREATE ROLE privacy_worker NOLOGIN BYPASSRLS;

-- What watches: it reads the logs of the schema audit, and none of the users' tables.
CREATE ROLE security_monitor NOLOGIN;
