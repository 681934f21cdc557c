-- As every function, unless that is revoked.
GRANT EXECUTE ON FUNCTION retention.run() TO PUBLIC;
