-- Nobody empties the parent, whose trigger a TRUNCATE of the partition does not fire.
CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'rows are not taken away so';
END
$$;
CREATE TRIGGER keep BEFORE TRUNCATE ON app.events FOR EACH STATEMENT EXECUTE FUNCTION app.refuse();
GRANT TRUNCATE ON app.events, app.events_2026 TO app_user;
