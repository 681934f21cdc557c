-- Where it is written down who did what. No key leads out of here: an entry outlives the row and the account that it is
-- about. For whom and by what the transaction works comes from the context by itself, as the columns' defaults, so that
-- nobody who writes an entry has a say in it.

CREATE SCHEMA audit;

COMMENT ON SCHEMA audit IS 'Who did what; nothing here is for users, or for what works for them';

CREATE TABLE audit.audit_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation TEXT NOT NULL
        CHECK (operation IN (
            'INSERT', 'UPDATE', 'DELETE',
            'VECTOR_UPSERT', 'VECTOR_SEARCH', 'VECTOR_UPDATE', 'VECTOR_DELETE'
        )),
    table_schema TEXT NOT NULL,
    table_name TEXT NOT NULL,
    record_id TEXT,
    old_values JSONB,
    new_values JSONB,
    changed_fields TEXT[] NOT NULL DEFAULT '{}',
    user_id UUID DEFAULT public.get_current_user_id(),
    session_id UUID DEFAULT NULLIF(current_setting('app.current_session_id', TRUE), '')::UUID,
    service_name TEXT DEFAULT NULLIF(current_setting('app.current_service', TRUE), ''),
    database_role TEXT NOT NULL DEFAULT session_user,
    transaction_id BIGINT NOT NULL DEFAULT pg_current_xact_id()::TEXT::BIGINT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_audit_log_record ON audit.audit_log (table_schema, table_name, record_id);
CREATE INDEX idx_audit_log_user ON audit.audit_log (user_id, created_at);
CREATE INDEX idx_audit_log_created_at ON audit.audit_log (created_at);

COMMENT ON TABLE audit.audit_log IS 'One entry for each row that came, changed or went, with the row before and after';
COMMENT ON COLUMN audit.audit_log.changed_fields IS 'The columns whose value an UPDATE changed; none where a row came or went';
COMMENT ON COLUMN audit.audit_log.user_id IS 'For whom the transaction worked; NULL where nobody had said so';
COMMENT ON COLUMN audit.audit_log.database_role IS 'What the session had logged in as';

CREATE TABLE audit.security_violations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    violation_type TEXT NOT NULL CHECK (violation_type <> ''),
    severity TEXT NOT NULL CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
    details JSONB NOT NULL DEFAULT '{}',
    user_id UUID DEFAULT public.get_current_user_id(),
    session_id UUID DEFAULT NULLIF(current_setting('app.current_session_id', TRUE), '')::UUID,
    service_name TEXT DEFAULT NULLIF(current_setting('app.current_service', TRUE), ''),
    blocked BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_security_violations_created_at ON audit.security_violations (created_at);
CREATE INDEX idx_security_violations_user ON audit.security_violations (user_id);

COMMENT ON TABLE audit.security_violations IS 'What a service took for an attack, and whether it was stopped';

CREATE TABLE audit.data_access_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    access_type TEXT NOT NULL CHECK (access_type IN ('READ', 'SEARCH', 'EXPORT')),
    table_name TEXT NOT NULL CHECK (table_name <> ''),
    row_count BIGINT NOT NULL CHECK (row_count >= 0),
    is_sensitive BOOLEAN NOT NULL,
    access_pattern TEXT,
    user_id UUID DEFAULT public.get_current_user_id(),
    session_id UUID DEFAULT NULLIF(current_setting('app.current_session_id', TRUE), '')::UUID,
    service_name TEXT DEFAULT NULLIF(current_setting('app.current_service', TRUE), ''),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_data_access_log_created_at ON audit.data_access_log (created_at);
CREATE INDEX idx_data_access_log_user ON audit.data_access_log (user_id, created_at);

COMMENT ON TABLE audit.data_access_log IS 'What was read, which no trigger tells: the services write it down';

CREATE TABLE audit.security_metrics (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    metric_name TEXT NOT NULL CHECK (metric_name <> ''),
    metric_value DOUBLE PRECISION NOT NULL,
    labels JSONB NOT NULL DEFAULT '{}',
    measured_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_security_metrics_measured_at ON audit.security_metrics (metric_name, measured_at);

COMMENT ON TABLE audit.security_metrics IS 'Counts over time, of nobody in particular';

-- What watches reads all of it, and keeps what it has counted.
GRANT USAGE ON SCHEMA audit TO security_monitor;
GRANT SELECT ON audit.audit_log, audit.security_violations, audit.data_access_log, audit.security_metrics TO security_monitor;
GRANT INSERT (metric_name, metric_value, labels) ON audit.security_metrics TO security_monitor;
