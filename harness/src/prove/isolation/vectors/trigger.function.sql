CREATE FUNCTION pg_temp.listen() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE NOTICE '%', OLD;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$
