-- Takes away what recorder.sql has made, and lets no event trigger of the project fire on that: they are put to sleep
-- meanwhile, which itself fires none.
DO $$
DECLARE
    awake constant jsonb := (
        SELECT jsonb_agg(jsonb_build_object('name', evtname, 'enabled', evtenabled))
        FROM pg_catalog.pg_event_trigger
        WHERE evtname <> 'pgproof_record' AND evtenabled <> 'D'
    );
    event_trigger record;
BEGIN
    FOR event_trigger IN SELECT * FROM jsonb_to_recordset(awake) AS r (name text, enabled text) LOOP
        EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', event_trigger.name);
    END LOOP;

    DROP EVENT TRIGGER IF EXISTS pgproof_record;
    DROP FUNCTION IF EXISTS pg_catalog.pgproof_record();

    FOR event_trigger IN SELECT * FROM jsonb_to_recordset(awake) AS r (name text, enabled text) LOOP
        EXECUTE format(
            'ALTER EVENT TRIGGER %I ENABLE %s',
            event_trigger.name,
            CASE event_trigger.enabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END
        );
    END LOOP;
END
$$;
