-- What the bootstrap program sends, in this order and in one transaction. Each statement may run again: accounts
-- and policies that are there stay as they are, and settings get the values that the program was given.

-- pgproof: as = "identity_app", name = "bootstrap: organization by domain"
SELECT id, name, is_active
FROM organizations
WHERE domain = $1;

-- pgproof: as = "identity_app", name = "bootstrap: insert organization"
-- $1 name, $2 domain. Returns no row where the domain is taken: the statement above then has the id.
INSERT INTO organizations (name, domain, plan_type, max_agents, max_users, is_active)
VALUES ($1, $2, 'enterprise', 1000, 100, TRUE)
ON CONFLICT (domain) DO NOTHING
RETURNING id;

-- pgproof: as = "identity_app", name = "bootstrap: insert administrator"
-- $1 organization, $2 e-mail, $3 name, $4 bcrypt hash. A password that was changed since stays changed.
INSERT INTO users (
    organization_id, email, name, role, status, provider, password_hash, email_verified, force_password_change
)
VALUES ($1, $2, $3, 'admin', 'active', 'local', $4, TRUE, FALSE)
ON CONFLICT (email) DO NOTHING
RETURNING id;

-- pgproof: as = "identity_app", name = "bootstrap: administrator by email"
-- $1 organization, $2 e-mail: no row means that the address belongs to another organization, or to somebody who is no
-- administrator, and the program stops.
SELECT id
FROM users
WHERE
    organization_id = $1
    AND email = $2
    AND role = 'admin';

-- pgproof: as = "identity_app", name = "bootstrap: upsert system config"
-- $1 key, $2 value, $3 description; once a setting.
INSERT INTO system_config (key, value, description)
VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE
SET
    value = EXCLUDED.value,
    description = EXCLUDED.description,
    updated_at = now();

-- pgproof: as = "identity_app", name = "bootstrap: insert default policies"
-- $1 organization, $2 administrator. All three only alert: nobody's agents are blocked by a default.
INSERT INTO security_policies (
    organization_id, name, description, policy_type, enforcement_action, severity_threshold, rules, priority, created_by
)
SELECT
    $1::UUID,
    policy.name,
    policy.description,
    policy.policy_type,
    'alert_only',
    policy.severity_threshold,
    policy.rules::JSONB,
    policy.priority,
    $2::UUID
FROM (
    VALUES
        (
            'Capability Violation Detection',
            'Alerts when an agent does what it has not declared',
            'capability_violation',
            'high',
            '{"check_capability_match":true,"block_unauthorized":false}',
            100
        ),
        (
            'Low Trust Score Monitoring',
            'Alerts when an agent''s trust score falls below the threshold',
            'trust_score_low',
            'medium',
            '{"trust_threshold":70.0,"monitor_low_trust":true,"block_low_trust":false}',
            90
        ),
        (
            'Unusual Activity Detection',
            'Alerts when an agent''s requests are out of the ordinary',
            'unusual_activity',
            'medium',
            '{"rate_limit_threshold":100,"detect_anomalies":true,"block_anomalies":false}',
            80
        )
) AS policy (name, description, policy_type, severity_threshold, rules, priority)
ON CONFLICT (organization_id, name) DO NOTHING;

-- pgproof: as = "identity_app", name = "bootstrap: read back counts"
-- $1 organization. What the program prints at the end.
SELECT
    (SELECT count(*) FROM users WHERE organization_id = $1 AND role = 'admin') AS administrators,
    (SELECT count(*) FROM system_config) AS settings,
    (SELECT count(*) FROM security_policies WHERE organization_id = $1) AS policies;
