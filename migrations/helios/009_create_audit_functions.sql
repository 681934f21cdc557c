-- What writes the logs. The services hold no privilege on the tables of the schema audit; what they may add comes through these
-- functions, which work with their owner's rights and take nothing from the caller's search_path.

-- An image of a row as it may be kept: that a secret was there and changed may be known, and nothing of what it is. Named by
-- column for all tables, so that a table to come has nothing to remember.
CREATE FUNCTION audit.without_secrets(image JSONB)
RETURNS JSONB
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        jsonb_object_agg(
            field.key,
            CASE
                WHEN
                    field.key IN ('password', 'password_hash', 'token', 'token_hash', 'ciphertext', 'nonce', 'key_salt')
                    AND field.value <> 'null'
                    THEN '"[redacted]"'
                ELSE field.value
            END
        )
    FROM jsonb_each(image) AS field;
END;

COMMENT ON FUNCTION audit.without_secrets IS 'A row as the log keeps it: secrets are told to be there, and no more';

-- Works after the statement, row by row, so that it sees what was stored and nothing that was not. Its argument is the table's
-- key where that is not called id.
CREATE FUNCTION audit.log_change()
RETURNS TRIGGER
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key_column CONSTANT TEXT := COALESCE(TG_ARGV[0], 'id');
    old_image CONSTANT JSONB := CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN to_jsonb(OLD) END;
    new_image CONSTANT JSONB := CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN to_jsonb(NEW) END;
    changed TEXT[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Compared as stored, byte by byte: there are types without an equality of their own.
        IF OLD *= NEW THEN
            RETURN NULL;
        END IF;
        SELECT COALESCE(array_agg(field.key ORDER BY field.key), '{}')
        INTO changed
        FROM jsonb_each(new_image) AS field
        WHERE field.value IS DISTINCT FROM old_image -> field.key;
    END IF;
    INSERT INTO audit.audit_log (
        operation, table_schema, table_name, record_id, old_values, new_values, changed_fields
    )
    VALUES (
        TG_OP,
        TG_TABLE_SCHEMA,
        TG_TABLE_NAME,
        COALESCE(old_image, new_image) ->> key_column,
        audit.without_secrets(old_image),
        audit.without_secrets(new_image),
        changed
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION audit.log_change IS 'Writes down a row that came, changed or went; an argument names its key';

-- What a service did in Qdrant, where no trigger sees it. The schema is one that PostgreSQL does not have and the operation is
-- none of a table's, so that no entry made here passes for a trigger's.
CREATE FUNCTION audit.log_vector_operation(
    user_id UUID,
    operation TEXT,
    collection TEXT,
    point_ids UUID[],
    metadata JSONB DEFAULT '{}'
)
RETURNS VOID
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF log_vector_operation.user_id IS DISTINCT FROM public.get_current_user_id() OR log_vector_operation.user_id IS NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'a vector operation is logged for the user of the security context and for nobody else';
    END IF;
    INSERT INTO audit.audit_log (operation, table_schema, table_name, new_values)
    VALUES (
        'VECTOR_' || log_vector_operation.operation,
        'qdrant',
        log_vector_operation.collection,
        jsonb_build_object(
            'point_ids', to_jsonb(COALESCE(log_vector_operation.point_ids, '{}')),
            'metadata', COALESCE(log_vector_operation.metadata, '{}')
        )
    );
END;
$$;

COMMENT ON FUNCTION audit.log_vector_operation IS 'Writes down an UPSERT, SEARCH, UPDATE or DELETE in a collection of Qdrant';

CREATE FUNCTION audit.log_data_access(
    access_type TEXT,
    table_name TEXT,
    row_count BIGINT,
    is_sensitive BOOLEAN,
    access_pattern TEXT DEFAULT NULL
)
RETURNS VOID
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO audit.data_access_log (access_type, table_name, row_count, is_sensitive, access_pattern)
    VALUES (
        log_data_access.access_type,
        log_data_access.table_name,
        log_data_access.row_count,
        log_data_access.is_sensitive,
        log_data_access.access_pattern
    );
END;

COMMENT ON FUNCTION audit.log_data_access IS 'Writes down what was read for the user of the security context';

CREATE FUNCTION audit.log_security_violation(
    violation_type TEXT,
    severity TEXT,
    details JSONB,
    blocked BOOLEAN
)
RETURNS VOID
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO audit.security_violations (violation_type, severity, details, blocked)
    VALUES (
        log_security_violation.violation_type,
        log_security_violation.severity,
        log_security_violation.details,
        log_security_violation.blocked
    );
END;

COMMENT ON FUNCTION audit.log_security_violation IS 'Writes down what looks like an attack by the user of the security context';

-- log_change is nobody's to call: a trigger function that others may attach would write of their tables what it writes of ours.
REVOKE EXECUTE ON FUNCTION
    audit.without_secrets(JSONB),
    audit.log_change(),
    audit.log_vector_operation(UUID, TEXT, TEXT, UUID[], JSONB),
    audit.log_data_access(TEXT, TEXT, BIGINT, BOOLEAN, TEXT),
    audit.log_security_violation(TEXT, TEXT, JSONB, BOOLEAN)
FROM PUBLIC;

GRANT USAGE ON SCHEMA audit TO app_user;
GRANT EXECUTE ON FUNCTION
    audit.log_vector_operation(UUID, TEXT, TEXT, UUID[], JSONB),
    audit.log_data_access(TEXT, TEXT, BIGINT, BOOLEAN, TEXT),
    audit.log_security_violation(TEXT, TEXT, JSONB, BOOLEAN)
TO app_user;
