CREATE OR REPLACE FUNCTION app.project_titles(p_project bigint) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.project_id = p_project AND t.tenant_id = app.tenant() $$;
