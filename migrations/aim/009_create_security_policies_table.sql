-- Incident 4: the security-policies page was empty, because there was no table behind it. (That it stayed empty once
-- there was one is incident 6: nobody had made the default policies. A backfill does, not this file.)

CREATE TABLE security_policies (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    policy_type VARCHAR(50) NOT NULL,
    enforcement_action VARCHAR(50) NOT NULL,
    severity_threshold VARCHAR(50) NOT NULL,
    rules JSONB NOT NULL DEFAULT '{}',
    applies_to TEXT NOT NULL DEFAULT 'all',
    is_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    priority INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_by UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    UNIQUE (organization_id, name)
);

CREATE INDEX idx_security_policies_organization_id ON security_policies (organization_id);
CREATE INDEX idx_security_policies_policy_type ON security_policies (policy_type);
CREATE INDEX idx_security_policies_is_enabled ON security_policies (is_enabled);
CREATE INDEX idx_security_policies_priority ON security_policies (priority DESC);
CREATE INDEX idx_security_policies_created_by ON security_policies (created_by);
CREATE INDEX idx_security_policies_evaluation ON security_policies (organization_id, priority DESC) WHERE is_enabled;

COMMENT ON TABLE security_policies IS 'What an organization watches for and what follows; highest priority first';
