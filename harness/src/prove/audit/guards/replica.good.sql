REVOKE SET ON PARAMETER session_replication_role FROM app_user;
