-- Puts a stand-in in the place of an extension that the server lacks, so that `\dx`, DROP EXTENSION, COMMENT ON EXTENSION
-- and a second CREATE EXTENSION IF NOT EXISTS find it. Dropped before the template is marked.
--
-- `body` makes the members; whatever it makes becomes a member, as with CREATE EXTENSION.
CREATE FUNCTION pg_catalog.pgproof_stand_in(
    extension text, into_schema text, of_version text, if_not_exists boolean, body text
)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog
SET check_function_bodies = off
SET client_min_messages = warning
SET allow_system_table_mods = on
-- The recorder leaves alone what is made here.
SET pgproof.standing_in = on
AS $$
DECLARE
    -- Their rows are what members are.
    catalogs constant regclass[] := ARRAY[
        'pg_namespace', 'pg_type', 'pg_class', 'pg_proc', 'pg_operator', 'pg_opfamily', 'pg_opclass', 'pg_cast',
        'pg_am', 'pg_language', 'pg_collation'
    ];
    catalog regclass;
    there jsonb := '{}';
    known oid[];
    new_extension oid;
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = extension) THEN
        IF if_not_exists THEN
            RAISE NOTICE 'extension "%" already exists, skipping', extension;
            RETURN;
        END IF;
        RAISE EXCEPTION 'extension "%" already exists', extension USING ERRCODE = 'duplicate_object';
    END IF;
    IF into_schema IS NULL THEN
        RAISE EXCEPTION 'no schema has been selected to create in' USING ERRCODE = 'invalid_schema_name';
    END IF;
    PERFORM quote_ident(into_schema)::regnamespace;

    FOREACH catalog IN ARRAY catalogs LOOP
        EXECUTE format('SELECT coalesce(array_agg(oid), ARRAY[]::oid[]) FROM %s WHERE oid >= 16384', catalog) INTO known;
        there := there || jsonb_build_object(catalog::text, to_jsonb(known::text[]));
    END LOOP;

    PERFORM set_config('search_path', quote_ident(into_schema) || ', pg_catalog', true);
    EXECUTE replace(body, '@extschema@', quote_ident(into_schema));
    PERFORM set_config('search_path', 'pg_catalog', true);

    -- Above every oid that is in use, and so below 16384 never.
    SELECT coalesce(max(used), 16384)::int8 + 1
    INTO new_extension
    FROM (
        SELECT max(oid) AS used FROM pg_extension
        UNION ALL SELECT max(oid) FROM pg_proc
        UNION ALL SELECT max(oid) FROM pg_type
        UNION ALL SELECT max(oid) FROM pg_class
        UNION ALL SELECT 16384::oid
    ) AS oids;
    INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (
        new_extension, extension, quote_ident(current_user)::regrole, quote_ident(into_schema)::regnamespace, false,
        coalesce(of_version, 'stand-in')
    );
    INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    VALUES (
        'pg_extension'::regclass, new_extension, 0, 'pg_namespace'::regclass, quote_ident(into_schema)::regnamespace, 0, 'n'
    );
    FOREACH catalog IN ARRAY catalogs LOOP
        EXECUTE format(
            $members$
                INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
                SELECT $1, m.oid, 0, 'pg_extension'::regclass, $2, 0, 'e'
                FROM %s AS m
                WHERE m.oid >= 16384 AND NOT $3 ? m.oid::text
                    -- What is part of another member goes with that: arrays, rows of tables, indexes.
                    AND NOT EXISTS (
                        SELECT FROM pg_depend AS d
                        WHERE d.classid = $1 AND d.objid = m.oid AND d.objsubid = 0 AND d.deptype = 'i'
                    )
                    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE $1 = 'pg_class'::regclass AND i.indexrelid = m.oid)
            $members$,
            catalog
        )
        USING catalog, new_extension, there -> catalog::text;
    END LOOP;
    -- As recorder.sql notes what other statements make.
    PERFORM set_config(
        'pgproof.record',
        concat(
            current_setting('pgproof.record', true),
            concat_ws(
                '|',
                encode(sha256(convert_to(current_query(), 'UTF8')), 'hex'),
                extract(epoch FROM statement_timestamp()),
                'CREATE EXTENSION',
                encode(convert_to(extension, 'UTF8'), 'hex'),
                concat_ws('.', 'pg_extension'::regclass::oid, new_extension, 0)
            ),
            E'\n'
        ),
        false
    );
END
$$;
