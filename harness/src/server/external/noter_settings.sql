-- Nothing may end the noter early.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_connection_check_interval = 0;
