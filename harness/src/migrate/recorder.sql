-- Notes which statement made or changed which object, in a setting of the session: no table, and no schema, so nothing
-- that a migration that walks over all of them would meet. Dropped before the template is marked.
--
-- Event triggers name a table where a column, a constraint or an index of it changes, and nothing at all for GRANT.
-- Those are told by their rows: they were written in this transaction, after what the last command had written.
CREATE FUNCTION pg_catalog.pgproof_record() RETURNS event_trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    this int8 := pg_current_xact_id()::xid::text::int8;
    seen int8 := CASE
        WHEN split_part(current_setting('pgproof.seen', true), ' ', 1) = this::text
            THEN split_part(current_setting('pgproof.seen', true), ' ', 2)::int8
        ELSE -1
    END;
    objects text;
    subject text;
    latest int8;
BEGIN
    IF tg_tag IN ('REFRESH MATERIALIZED VIEW', 'REINDEX') THEN
        RETURN;
    END IF;

    SELECT max(object_identity) INTO subject FROM pg_event_trigger_ddl_commands() WHERE objid <> 0;

    WITH written AS (
        SELECT 'pg_class'::regclass AS class, attrelid AS object, attnum AS part, xmin, cmin, false AS of_grant
        FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
        UNION ALL
        SELECT 'pg_class'::regclass, adrelid, adnum, xmin, cmin, false FROM pg_attrdef
        UNION ALL
        SELECT 'pg_constraint'::regclass, oid, 0, xmin, cmin, false FROM pg_constraint
        UNION ALL
        SELECT 'pg_trigger'::regclass, oid, 0, xmin, cmin, false FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT 'pg_class'::regclass, indexrelid, 0, xmin, cmin, false FROM pg_index
        UNION ALL
        SELECT 'pg_class'::regclass, oid, 0, xmin, cmin, true FROM pg_class
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, 0, xmin, cmin, true FROM pg_proc
        UNION ALL
        SELECT 'pg_type'::regclass, oid, 0, xmin, cmin, true FROM pg_type
        UNION ALL
        SELECT 'pg_namespace'::regclass, oid, 0, xmin, cmin, true FROM pg_namespace
        UNION ALL
        SELECT 'pg_default_acl'::regclass, oid, 0, xmin, cmin, true FROM pg_default_acl
    ),
    touched AS (
        SELECT classid AS class, objid AS object, objsubid AS part
        FROM pg_event_trigger_ddl_commands()
        WHERE objid <> 0 AND NOT in_extension
        UNION
        SELECT class, object, part
        FROM written
        WHERE xmin::text::int8 >= this AND cmin::text::int8 > seen
          AND (NOT of_grant OR tg_tag IN ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES'))
    )
    SELECT
        (SELECT string_agg(concat_ws('.', class::oid, object, part), ',') FROM touched),
        (SELECT max(cmin::text::int8) FROM written WHERE xmin::text::int8 >= this)
    INTO objects, latest;

    IF objects IS NOT NULL THEN
        PERFORM set_config('pgproof.seen', concat_ws(' ', this, greatest(latest, seen)), false);
        PERFORM set_config(
            'pgproof.record',
            concat(
                current_setting('pgproof.record', true),
                concat_ws(
                    '|',
                    encode(sha256(convert_to(current_query(), 'UTF8')), 'hex'),
                    extract(epoch FROM statement_timestamp()),
                    tg_tag,
                    encode(convert_to(coalesce(subject, ''), 'UTF8'), 'hex'),
                    objects
                ),
                E'\n'
            ),
            false
        );
    END IF;
END
$$;

-- ALWAYS: a migration that loads rows as a replica makes objects, too.
CREATE EVENT TRIGGER pgproof_record ON ddl_command_end EXECUTE FUNCTION pg_catalog.pgproof_record();
ALTER EVENT TRIGGER pgproof_record ENABLE ALWAYS;
