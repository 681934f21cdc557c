-- It goes with them.
CREATE OR REPLACE FUNCTION app.erase(person bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    erased bigint;
BEGIN
    UPDATE app.people SET email = NULL, full_name = 'removed', born = NULL, meta = '{}'
    WHERE id = person AND full_name IS DISTINCT FROM 'removed';
    GET DIAGNOSTICS erased = ROW_COUNT;
    UPDATE app.orders SET full_name = NULL, comment = NULL
    WHERE person_id = person AND num_nonnulls(full_name, comment) > 0;
    UPDATE app.audit_log SET old_values = NULL, new_values = NULL
    WHERE person_id = person AND (old_values IS NOT NULL OR new_values IS NOT NULL);
    RETURN erased;
END
$$;
