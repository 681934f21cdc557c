CREATE OR REPLACE FUNCTION app.my_titles() RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    CREATE TEMP TABLE titles ON COMMIT DROP AS SELECT title FROM app.tasks;
    RETURN QUERY SELECT t.title FROM pg_temp.titles AS t;
END;
$$;
