-- What the platform gives before the first migration: the role that the workflow services run as. It owns nothing, and
-- what it may do the migrations grant by name. It cannot log in here; where it can, the platform says so.

CREATE ROLE app_user NOLOGIN;
