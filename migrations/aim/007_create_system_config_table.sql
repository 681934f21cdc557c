-- Incident 2: with the administrator made, the bootstrap program failed at the next step: there was no "system_config".

CREATE TABLE system_config (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    key VARCHAR(255) UNIQUE NOT NULL,
    value TEXT NOT NULL,
    description TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_system_config_key ON system_config (key);

COMMENT ON TABLE system_config IS 'Settings of the whole installation, one row a key; written by the bootstrap program';
