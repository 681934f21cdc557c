-- One row for each time that an agent or an MCP server had to prove who it is.

CREATE TABLE verification_events (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    agent_id UUID REFERENCES agents (id) ON DELETE CASCADE,
    mcp_server_id UUID REFERENCES mcp_servers (id) ON DELETE CASCADE,
    protocol VARCHAR(50) NOT NULL,
    verification_type VARCHAR(50) NOT NULL,
    status VARCHAR(50) NOT NULL CHECK (status IN ('pending', 'success', 'failed', 'timeout')),
    nonce TEXT,
    signature TEXT,
    confidence NUMERIC(4, 3) NOT NULL DEFAULT 0 CHECK (confidence BETWEEN 0 AND 1),
    trust_score NUMERIC(5, 2) CHECK (trust_score BETWEEN 0 AND 100),
    duration_ms INTEGER NOT NULL DEFAULT 0 CHECK (duration_ms >= 0),
    error_code VARCHAR(50),
    error_reason TEXT,
    initiator_type VARCHAR(50) NOT NULL DEFAULT 'system',
    initiator_id UUID,
    initiator_ip VARCHAR(45),
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    completed_at TIMESTAMPTZ,
    metadata JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT verification_events_one_subject CHECK (num_nonnulls(agent_id, mcp_server_id) = 1)
);

CREATE INDEX idx_verification_events_organization_created ON verification_events (organization_id, created_at DESC);
CREATE INDEX idx_verification_events_agent ON verification_events (agent_id, created_at DESC);
CREATE INDEX idx_verification_events_mcp_server ON verification_events (mcp_server_id, created_at DESC);
CREATE INDEX idx_verification_events_status ON verification_events (organization_id, status);
