-- Only the operator's own role may.
REVOKE ALL ON FUNCTION app.erase(bigint) FROM PUBLIC;
