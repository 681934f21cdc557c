-- For bulk loads.
GRANT SET ON PARAMETER session_replication_role TO app_user;
