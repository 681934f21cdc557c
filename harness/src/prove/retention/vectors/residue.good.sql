CREATE OR REPLACE FUNCTION audit.note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.log (what) VALUES (format('%s of event %s', tg_op, old.id));
    RETURN NULL;
END
$$;
