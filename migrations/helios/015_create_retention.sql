-- How long what is kept. The rules are rows; what forgets by them works with the rights of whoever runs it, and privacy_worker
-- is granted the tables and columns one by one below: a rule that was slipped in deletes from no other.

CREATE TABLE data_retention_policies (
    -- As the catalog spells it, with the schema where that is not public.
    table_name TEXT PRIMARY KEY,
    age_column TEXT NOT NULL DEFAULT 'created_at',
    retention_period_days INTEGER NOT NULL CHECK (retention_period_days > 0),
    policy_type TEXT NOT NULL CHECK (policy_type IN ('DELETE', 'ANONYMIZE')),
    is_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE data_retention_policies IS 'How long the rows of a table are kept, and what becomes of them then';

INSERT INTO data_retention_policies (table_name, age_column, retention_period_days, policy_type)
VALUES
    ('audit.audit_log', 'created_at', 2555, 'DELETE'),
    ('audit.data_access_log', 'created_at', 1095, 'DELETE'),
    ('audit.security_metrics', 'measured_at', 90, 'DELETE'),
    ('audit.security_violations', 'created_at', 1095, 'DELETE'),
    ('blackboard_events', 'created_at', 365, 'DELETE'),
    ('chat_messages', 'created_at', 1095, 'ANONYMIZE'),
    ('router_decision_log', 'created_at', 365, 'DELETE');

CREATE TRIGGER audit_trigger_data_retention_policies
AFTER INSERT OR UPDATE OR DELETE ON data_retention_policies
FOR EACH ROW EXECUTE FUNCTION audit.log_change('table_name');

-- What stays of an image in the log when what it shows is forgotten: which row it was, and whose.
CREATE FUNCTION audit.without_content(image JSONB)
RETURNS JSONB
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT jsonb_object_agg(field.key, field.value)
    FROM jsonb_each(image) AS field
    WHERE field.key ~ '(^|_)ids?$';
END;

COMMENT ON FUNCTION audit.without_content IS 'The keys alone of a row that the log shows';

-- Exactly as old as the rule says is kept. With row_security off it fails where policies would hide rows from the caller, a
-- forced owner for one, and does not report that there was nothing to do. Returns how many rows it removed or anonymised; what
-- it took out of the log on their account is not counted.
CREATE FUNCTION audit.cleanup_old_data()
RETURNS BIGINT
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET row_security = off
AS $$
DECLARE
    policy public.data_retention_policies;
    cutoff TIMESTAMPTZ;
    target_schema NAME;
    target_table NAME;
    statement TEXT;
    affected TEXT[];
    total BIGINT := 0;
BEGIN
    FOR policy IN
        SELECT * FROM public.data_retention_policies AS rule WHERE rule.is_enabled ORDER BY rule.table_name
    LOOP
        cutoff := now() - make_interval(days => policy.retention_period_days);

        -- The name is compared and never parsed: what is not exactly a table's is none.
        SELECT namespace.nspname, relation.relname
        INTO target_schema, target_table
        FROM pg_class AS relation
        INNER JOIN pg_namespace AS namespace ON relation.relnamespace = namespace.oid
        WHERE
            relation.relkind IN ('r', 'p')
            AND policy.table_name IN (
                namespace.nspname || '.' || relation.relname,
                CASE WHEN namespace.nspname = 'public' THEN relation.relname END
            );
        IF NOT FOUND THEN
            RAISE undefined_table USING MESSAGE = format('the retention policy of %L is about no table', policy.table_name);
        END IF;

        IF policy.policy_type = 'DELETE' THEN
            statement := 'DELETE FROM %1$I.%2$I WHERE %3$I < $1 RETURNING id::TEXT AS id';
        ELSIF (target_schema, target_table) = ('public', 'chat_messages') THEN
            statement := 'UPDATE %1$I.%2$I SET content = ''[anonymized]'' '
                'WHERE %3$I < $1 AND content <> ''[anonymized]'' RETURNING id::TEXT AS id';
        ELSE
            RAISE feature_not_supported USING MESSAGE = format('nothing says how to anonymize %I.%I', target_schema, target_table);
        END IF;
        EXECUTE format(
            'WITH affected AS (' || statement || ') SELECT COALESCE(array_agg(affected.id), ''{}'') FROM affected',
            target_schema, target_table, policy.age_column
        )
        INTO affected
        USING cutoff;
        total := total + cardinality(affected);

        -- The log has seen these rows go, and come; and it has seen others that their users removed long ago. None of them is
        -- kept for longer there than here.
        EXECUTE format(
            'UPDATE audit.audit_log AS entry '
            'SET old_values = audit.without_content(entry.old_values), new_values = audit.without_content(entry.new_values) '
            'WHERE entry.table_schema = %1$L AND entry.table_name = %2$L '
            'AND (entry.record_id = ANY ($1) OR entry.created_at < $2 '
            'AND NOT EXISTS (SELECT FROM %1$I.%2$I AS kept WHERE kept.id::TEXT = entry.record_id)) '
            'AND (entry.old_values IS DISTINCT FROM audit.without_content(entry.old_values) '
            'OR entry.new_values IS DISTINCT FROM audit.without_content(entry.new_values))',
            target_schema, target_table
        )
        USING affected, cutoff;
    END LOOP;
    RETURN total;
END;
$$;

COMMENT ON FUNCTION audit.cleanup_old_data IS 'Removes or anonymizes what is older than its policy says; returns how many rows';

REVOKE EXECUTE ON FUNCTION audit.without_content(JSONB), audit.cleanup_old_data() FROM PUBLIC;

GRANT USAGE ON SCHEMA audit TO privacy_worker;
GRANT EXECUTE ON FUNCTION audit.without_content(JSONB), audit.cleanup_old_data() TO privacy_worker;
GRANT SELECT ON data_retention_policies TO privacy_worker;
GRANT SELECT, DELETE ON
    audit.audit_log,
    audit.data_access_log,
    audit.security_metrics,
    audit.security_violations,
    blackboard_events,
    router_decision_log
TO privacy_worker;
GRANT SELECT, UPDATE (content) ON chat_messages TO privacy_worker;
GRANT UPDATE (old_values, new_values) ON audit.audit_log TO privacy_worker;
