-- An entry that there is already is not written again; but two rows may be equal.
CREATE FUNCTION audit.once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF new.row_id IS NULL AND EXISTS (
        SELECT FROM audit.log AS l
        WHERE (l.table_name, l.op, l.new) = (new.table_name, new.op, new.new)
    ) THEN
        RETURN NULL;
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER once BEFORE INSERT ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.once();
