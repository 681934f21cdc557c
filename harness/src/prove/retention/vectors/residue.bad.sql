-- What was deleted lives on in the log.
CREATE OR REPLACE FUNCTION audit.note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.log (what) VALUES (format('%s of event %s: %s', tg_op, old.id, to_jsonb(old)));
    RETURN NULL;
END
$$;
