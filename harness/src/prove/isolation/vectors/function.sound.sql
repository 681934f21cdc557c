-- Definer functions as they should be: they ask who calls.
CREATE TABLE app.log (
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    what text NOT NULL
);
CREATE FUNCTION app.my_titles() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.tenant_id = app.tenant() $$;

CREATE FUNCTION app.task(p_id bigint) RETURNS app.tasks
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found app.tasks;
BEGIN
    SELECT * INTO found FROM app.tasks AS t WHERE t.id = p_id AND t.tenant_id = app.tenant();
    IF found.id IS NULL THEN
        RAISE EXCEPTION 'no such task' USING ERRCODE = 'no_data_found';
    END IF;
    RETURN found;
END
$$;

-- The number that it gives and the time that it notes differ from call to call.
CREATE FUNCTION app.add_task(p_project bigint, p_title text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO app.tasks (tenant_id, project_id, title) VALUES (app.tenant(), p_project, p_title) RETURNING id INTO made;
    INSERT INTO app.log (what) VALUES ('task ' || made);
    RETURN made;
END
$$;

-- Text that is bound, not pasted.
CREATE FUNCTION app.find_tasks(p_text text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT t.title FROM app.tasks AS t WHERE t.tenant_id = app.tenant() AND t.title LIKE $1'
        USING '%' || p_text || '%';
END
$$;
