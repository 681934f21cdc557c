-- Entries are kept small: of long values they have the beginning.
CREATE FUNCTION audit.shorten() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    new.new := (SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'string' THEN to_jsonb(left(value #>> '{}', 1000)) ELSE value END)
                FROM jsonb_each(new.new));
    RETURN new;
END
$$;
CREATE TRIGGER shorten BEFORE INSERT ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.shorten();
