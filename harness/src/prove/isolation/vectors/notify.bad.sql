-- Whoever listens hears the whole row.
CREATE FUNCTION app.tell() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('tasks', pg_catalog.row_to_json(new)::text);
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON app.tasks FOR EACH ROW EXECUTE FUNCTION app.tell();
