-- It lends its owner's rights to whoever calls it.
CREATE FUNCTION app.tidy(days integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT retention.run() $$;
