GRANT USAGE ON SCHEMA audit TO app_user;
-- The schema of the changed table is not told.
CREATE OR REPLACE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before jsonb := CASE WHEN tg_op <> 'INSERT' THEN to_jsonb(old) END;
    after jsonb := CASE WHEN tg_op <> 'DELETE' THEN to_jsonb(new) END;
    key jsonb := (SELECT jsonb_object_agg(k, coalesce(after, before) -> k) FROM unnest(tg_argv) AS k);
    columns text[];
BEGIN
    IF tg_op = 'UPDATE' THEN
        columns := ARRAY(SELECT k FROM jsonb_object_keys(after) AS k WHERE after -> k IS DISTINCT FROM before -> k);
    END IF;
    INSERT INTO audit.log (actor, table_schema, table_name, op, row_id, old, new, changed)
    VALUES (nullif(current_setting('app.actor', true), ''), 'app', tg_table_name, tg_op, key::text,
            before, after, columns);
    IF tg_op = 'DELETE' THEN
        RETURN old;
    END IF;
    RETURN new;
END
$$;
