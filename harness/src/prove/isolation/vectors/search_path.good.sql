ALTER FUNCTION app.is_member(bigint) SET search_path = app, pg_temp;
