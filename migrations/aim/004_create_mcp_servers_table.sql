-- The MCP servers that an organization's agents talk to, each verified by a challenge to its key.

CREATE TABLE mcp_servers (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    url TEXT NOT NULL,
    version VARCHAR(50),
    public_key TEXT,
    status VARCHAR(50) NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'verified', 'suspended', 'revoked')),
    is_verified BOOLEAN NOT NULL DEFAULT FALSE,
    last_verified_at TIMESTAMPTZ,
    verification_url TEXT,
    capabilities JSONB NOT NULL DEFAULT '[]',
    trust_score NUMERIC(5, 2) NOT NULL DEFAULT 0 CHECK (trust_score BETWEEN 0 AND 100),
    created_by UUID REFERENCES users (id) ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (organization_id, url)
);

CREATE INDEX idx_mcp_servers_status ON mcp_servers (organization_id, status);
CREATE INDEX idx_mcp_servers_created_by ON mcp_servers (created_by);
