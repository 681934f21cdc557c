-- Who tried what that they may not: a user of one restaurant who asks for another's data is turned away, and a row here
-- says so. The application writes it with the service's key; nobody else writes, and nobody else reads.

CREATE TABLE security_audit_logs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    event_type VARCHAR(100) NOT NULL,
    user_id UUID,
    authenticated_restaurant_id UUID,
    attempted_restaurant_id UUID,
    session_id TEXT,
    ip_address INET,
    user_agent TEXT,
    -- TEXT, since the CHECK of a VARCHAR comes out of a backup with other casts than it went in.
    severity TEXT NOT NULL DEFAULT 'WARNING',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT security_audit_logs_severity_check CHECK (severity IN ('INFO', 'WARNING', 'ERROR', 'CRITICAL'))
);

CREATE INDEX idx_security_audit_logs_created_at ON security_audit_logs (created_at DESC);
CREATE INDEX idx_security_audit_logs_event_type ON security_audit_logs (event_type, created_at DESC);
CREATE INDEX idx_security_audit_logs_user_id ON security_audit_logs (user_id, created_at DESC);
CREATE INDEX idx_security_audit_logs_attempted ON security_audit_logs (attempted_restaurant_id, created_at DESC);
CREATE INDEX idx_security_audit_logs_severe ON security_audit_logs (created_at DESC)
WHERE severity IN ('ERROR', 'CRITICAL');

ALTER TABLE security_audit_logs ENABLE ROW LEVEL SECURITY;

-- The role alone is not enough, and the token alone is not, either: a session of another role that forges the token's
-- claims is not one that this policy is for.
CREATE POLICY security_audit_service_only ON security_audit_logs
    FOR ALL TO service_role
    USING (auth.role() = 'service_role')
    WITH CHECK (auth.role() = 'service_role');

-- The platform has granted everything to everybody. Of that stays what the policy is asked about, and not TRUNCATE or what
-- a later major may add to it.
REVOKE ALL ON security_audit_logs FROM anon, authenticated, service_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON security_audit_logs TO anon, authenticated, service_role;

COMMENT ON TABLE security_audit_logs IS 'Attempts to reach what is another restaurant''s; written and read by the service alone';
COMMENT ON COLUMN security_audit_logs.id IS 'Made by the application, so that an entry that it has to write twice is known';
COMMENT ON COLUMN security_audit_logs.event_type IS 'What was tried: cross_restaurant_access and the like';
COMMENT ON COLUMN security_audit_logs.user_id IS 'Who tried; NULL where nobody was logged in';
COMMENT ON COLUMN security_audit_logs.authenticated_restaurant_id IS 'The restaurant that the user works for';
COMMENT ON COLUMN security_audit_logs.attempted_restaurant_id IS 'The restaurant whose data was asked for';
COMMENT ON COLUMN security_audit_logs.session_id IS 'The application''s session';
COMMENT ON COLUMN security_audit_logs.ip_address IS 'Where the request came from';
COMMENT ON COLUMN security_audit_logs.user_agent IS 'What the client calls itself';
COMMENT ON COLUMN security_audit_logs.severity IS 'INFO, WARNING, ERROR or CRITICAL';
COMMENT ON COLUMN security_audit_logs.created_at IS 'When it was tried';
