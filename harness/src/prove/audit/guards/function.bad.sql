-- What is old need not be kept; and a function is everybody's to call unless somebody says otherwise.
CREATE FUNCTION audit.trim_log(older_than timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM audit.log WHERE at < older_than $$;
GRANT USAGE ON SCHEMA audit TO app_user;
