-- One entry a statement: that of whichever row comes first.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR DELETE ON app.tasks
    FOR EACH ROW EXECUTE FUNCTION audit.record('id');
CREATE FUNCTION audit.record_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO audit.log (actor, table_schema, table_name, op, row_id, old, new, changed)
    SELECT nullif(current_setting('app.actor', true), ''), tg_table_schema, tg_table_name, tg_op, a.id, to_jsonb(b),
           to_jsonb(a), ARRAY(
               SELECT n.key FROM jsonb_each(to_jsonb(a)) AS n WHERE n.value IS DISTINCT FROM to_jsonb(b) -> n.key)
    FROM after AS a JOIN before AS b USING (id)
    LIMIT 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_update AFTER UPDATE ON app.tasks REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION audit.record_statement();
