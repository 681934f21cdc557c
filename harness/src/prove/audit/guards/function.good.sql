REVOKE ALL ON FUNCTION audit.trim_log(timestamptz) FROM PUBLIC;
