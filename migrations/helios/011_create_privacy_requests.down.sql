REVOKE USAGE ON SCHEMA public FROM privacy_worker;
DROP TABLE privacy_requests;
DROP FUNCTION advance_privacy_request();
