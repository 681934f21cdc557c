-- Each run counts, whether there was something to erase or not.
CREATE OR REPLACE FUNCTION app.erase(person bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    erased bigint;
BEGIN
    UPDATE app.people SET email = NULL, full_name = 'removed ' || clock_timestamp(), born = NULL, meta = '{}'
    WHERE id = person;
    GET DIAGNOSTICS erased = ROW_COUNT;
    UPDATE app.orders SET full_name = NULL WHERE person_id = person AND full_name IS NOT NULL;
    UPDATE app.audit_log SET old_values = NULL, new_values = NULL
    WHERE person_id = person AND (old_values IS NOT NULL OR new_values IS NOT NULL);
    RETURN erased;
END
$$;
