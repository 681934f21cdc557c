-- Notes which statement made or changed which object, in a setting of the session: no table, so nothing that a
-- migration that walks over all tables would meet. Dropped before the template is marked.
CREATE SCHEMA pgproof;

CREATE FUNCTION pgproof.record() RETURNS event_trigger
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
DECLARE
    objects text;
BEGIN
    SELECT string_agg(concat_ws('.', classid, objid, objsubid), ',')
    INTO objects
    FROM pg_event_trigger_ddl_commands()
    WHERE objid <> 0;

    IF objects IS NOT NULL THEN
        PERFORM set_config(
            'pgproof.record',
            concat(
                current_setting('pgproof.record', true),
                encode(sha256(convert_to(current_query(), 'UTF8')), 'hex'), '|', tg_tag, '|', objects, E'\n'
            ),
            false
        );
    END IF;
END
$$;

CREATE EVENT TRIGGER pgproof_record ON ddl_command_end EXECUTE FUNCTION pgproof.record();
