CREATE OR REPLACE FUNCTION app.finish(p_task bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE app.tasks SET done = true WHERE id = p_task AND tenant_id = app.tenant() $$;
