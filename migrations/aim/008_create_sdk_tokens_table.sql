-- Incident 3: the SDK-tokens page answered 500, for want of this table.

CREATE TABLE sdk_tokens (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    token_hash TEXT UNIQUE NOT NULL,
    token_id VARCHAR(255) UNIQUE NOT NULL,
    device_name VARCHAR(255),
    device_fingerprint VARCHAR(255),
    ip_address VARCHAR(45),
    user_agent TEXT,
    last_used_at TIMESTAMPTZ,
    last_ip_address VARCHAR(45),
    usage_count INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoke_reason TEXT,
    metadata JSONB
);

-- The hash and the token's id have the indexes of their unique constraints.
CREATE INDEX idx_sdk_tokens_user_id ON sdk_tokens (user_id);
CREATE INDEX idx_sdk_tokens_organization_id ON sdk_tokens (organization_id);
CREATE INDEX idx_sdk_tokens_device_fingerprint ON sdk_tokens (device_fingerprint);
CREATE INDEX idx_sdk_tokens_last_used_at ON sdk_tokens (last_used_at);
CREATE INDEX idx_sdk_tokens_expires_at ON sdk_tokens (expires_at);
CREATE INDEX idx_sdk_tokens_active ON sdk_tokens (user_id, expires_at) WHERE revoked_at IS NULL;

COMMENT ON TABLE sdk_tokens IS 'Refresh tokens handed out with an SDK download; only hashes, never the token itself';
