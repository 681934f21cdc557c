-- Notes which statement made or changed which object, in a setting of the session: no table, and no schema, so nothing
-- that a migration that walks over all of them would meet. Dropped before the template is marked.
--
-- Event triggers name a table where a column, a constraint or an index of it changes, and nothing at all for GRANT.
-- Those are told by their rows: they were written in this transaction, after what the last command had written.
CREATE FUNCTION pg_catalog.pgproof_record() RETURNS event_trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog
-- It runs at every statement that makes something. Planned anew each time, or with whole catalogs read, it would take
-- several times as long as the statement, and ever longer the more there is.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
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
    IF
        tg_tag IN ('REFRESH MATERIALIZED VIEW', 'REINDEX')
        -- Members of an extension are nobody's but the extension's.
        OR current_setting('pgproof.standing_in', true) = 'on'
    THEN
        RETURN;
    END IF;

    SELECT max(object_identity) INTO subject FROM pg_event_trigger_ddl_commands() WHERE objid <> 0;

    WITH RECURSIVE commands AS MATERIALIZED (
        SELECT classid, objid, objsubid
        FROM pg_event_trigger_ddl_commands()
        WHERE objid <> 0 AND NOT in_extension
    ),
    -- The relations that the command is about, and what inherits from them: partitions, and their indexes.
    relations (oid) AS (
        SELECT objid FROM commands WHERE classid = 'pg_class'::regclass
        UNION
        SELECT t.tgrelid FROM commands AS c INNER JOIN pg_trigger AS t ON c.objid = t.oid
        WHERE c.classid = 'pg_trigger'::regclass
        UNION
        SELECT i.inhrelid FROM relations AS r INNER JOIN pg_inherits AS i ON i.inhparent = r.oid
    ),
    written AS (
        SELECT 'pg_class'::regclass AS class, a.attrelid AS object, a.attnum AS part, a.xmin, a.cmin
        FROM relations AS r INNER JOIN pg_attribute AS a ON a.attrelid = r.oid
        WHERE a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 'pg_class'::regclass, d.adrelid, d.adnum, d.xmin, d.cmin
        FROM relations AS r INNER JOIN pg_attrdef AS d ON d.adrelid = r.oid
        UNION ALL
        SELECT 'pg_constraint'::regclass, c.oid, 0, c.xmin, c.cmin
        FROM relations AS r INNER JOIN pg_constraint AS c ON c.conrelid = r.oid
        UNION ALL
        SELECT 'pg_constraint'::regclass, c.oid, 0, c.xmin, c.cmin
        FROM commands AS t INNER JOIN pg_constraint AS c ON c.contypid = t.objid
        WHERE t.classid = 'pg_type'::regclass
        UNION ALL
        SELECT 'pg_trigger'::regclass, t.oid, 0, t.xmin, t.cmin
        FROM relations AS r INNER JOIN pg_trigger AS t ON t.tgrelid = r.oid
        -- On 14 those of partitions are called internal, too.
        WHERE NOT t.tgisinternal OR t.tgparentid <> 0
        UNION ALL
        SELECT 'pg_class'::regclass, i.indexrelid, 0, i.xmin, i.cmin
        FROM relations AS r INNER JOIN pg_index AS i ON i.indexrelid = r.oid
        UNION ALL
        SELECT 'pg_class'::regclass, i.indexrelid, 0, i.xmin, i.cmin
        FROM relations AS r INNER JOIN pg_index AS i ON i.indrelid = r.oid
        UNION ALL
        SELECT class, object, part, xmin, cmin
        FROM (
            SELECT 'pg_class'::regclass AS class, oid AS object, 0 AS part, xmin, cmin
            FROM pg_class WHERE relacl IS NOT NULL
            UNION ALL
            SELECT 'pg_class'::regclass, attrelid, attnum, xmin, cmin FROM pg_attribute WHERE attacl IS NOT NULL
            UNION ALL
            SELECT 'pg_proc'::regclass, oid, 0, xmin, cmin FROM pg_proc WHERE proacl IS NOT NULL
            UNION ALL
            SELECT 'pg_type'::regclass, oid, 0, xmin, cmin FROM pg_type WHERE typacl IS NOT NULL
            UNION ALL
            SELECT 'pg_namespace'::regclass, oid, 0, xmin, cmin FROM pg_namespace WHERE nspacl IS NOT NULL
            UNION ALL
            SELECT 'pg_default_acl'::regclass, oid, 0, xmin, cmin FROM pg_default_acl
        ) AS with_grants
        WHERE tg_tag IN ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES')
    ),
    touched AS (
        SELECT classid AS class, objid AS object, objsubid AS part FROM commands
        UNION
        SELECT class, object, part
        FROM written
        WHERE xmin::text::int8 >= this AND cmin::text::int8 > seen
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
