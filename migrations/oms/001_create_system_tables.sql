-- What the system keeps for itself. None of it is a document: nobody writes it for a customer, and it has no author.

-- Every table in "public" is a document unless it stands here, so one that nobody thought of is found to lack its
-- authors, and not overlooked.
CREATE TABLE system_tables (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason <> '')
);

COMMENT ON TABLE system_tables IS 'The tables in this schema that are no documents, and why';

CREATE TABLE settings (
    key TEXT PRIMARY KEY CHECK (key <> ''),
    value JSONB NOT NULL,
    description TEXT
);

COMMENT ON TABLE settings IS 'How the installation behaves';

CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic TEXT NOT NULL CHECK (topic <> ''),
    payload JSONB NOT NULL,
    queued_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    sent_at TIMESTAMPTZ
);

CREATE INDEX idx_outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

COMMENT ON TABLE outbox IS 'What other services are to be told, in order';

INSERT INTO system_tables (name, reason)
VALUES
    ('outbox', 'messages on their way, made from documents'),
    ('schema_migrations', 'the ledger of the migrations'),
    ('settings', 'the operators'' configuration'),
    ('system_tables', 'this list');
