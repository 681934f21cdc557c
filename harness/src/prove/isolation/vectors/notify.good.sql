CREATE OR REPLACE FUNCTION app.tell() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('tasks', new.id::text);
    RETURN NULL;
END;
$$;
