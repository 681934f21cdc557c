-- A temporary table lives as long as the session, which is the pool's.
CREATE FUNCTION app.my_titles() RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    IF pg_catalog.to_regclass('pg_temp.titles') IS NULL THEN
        CREATE TEMP TABLE titles AS SELECT title FROM app.tasks;
    END IF;
    RETURN QUERY SELECT t.title FROM pg_temp.titles AS t;
END;
$$;
