-- Functions are everybody's to run unless somebody says otherwise.
GRANT EXECUTE ON FUNCTION app.erase(bigint) TO PUBLIC;
