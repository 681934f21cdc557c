DROP FUNCTION verify_service_token(TEXT, TEXT, TEXT, TEXT, TEXT);
DROP TABLE cross_service_auth;
