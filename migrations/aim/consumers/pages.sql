-- What the pages of the web application send, page by page.

-- pgproof: as = "identity_app", name = "sdk tokens page: list"
-- $1 user.
SELECT
    id,
    token_id,
    device_name,
    device_fingerprint,
    ip_address,
    user_agent,
    last_used_at,
    last_ip_address,
    usage_count,
    created_at,
    expires_at,
    revoked_at,
    revoke_reason,
    metadata
FROM sdk_tokens
WHERE user_id = $1
ORDER BY created_at DESC, id;

-- pgproof: as = "identity_app", name = "sdk tokens page: counts"
-- $1 user. A user without tokens gets one row of zeros.
SELECT
    count(*) FILTER (WHERE revoked_at IS NULL AND expires_at > now()) AS active,
    COALESCE(sum(usage_count), 0) AS usage,
    count(*) FILTER (WHERE revoked_at IS NOT NULL) AS revoked
FROM sdk_tokens
WHERE user_id = $1;

-- pgproof: as = "identity_app", name = "sdk tokens page: create"
INSERT INTO sdk_tokens (
    user_id,
    organization_id,
    token_hash,
    token_id,
    device_name,
    device_fingerprint,
    ip_address,
    user_agent,
    expires_at,
    metadata
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING id, created_at;

-- pgproof: as = "identity_app", name = "sdk tokens page: revoke"
-- $1 token's id, $2 its user, $3 reason.
UPDATE sdk_tokens
SET
    revoked_at = now(),
    revoke_reason = $3
WHERE
    token_id = $1
    AND user_id = $2
    AND revoked_at IS NULL;

-- pgproof: as = "identity_app", name = "security policies page: list"
-- $1 organization.
SELECT
    id,
    name,
    description,
    policy_type,
    enforcement_action,
    severity_threshold,
    rules,
    applies_to,
    is_enabled,
    priority,
    created_at,
    updated_at,
    created_by
FROM security_policies
WHERE organization_id = $1
ORDER BY priority DESC, name;

-- pgproof: as = "identity_app", name = "security policies page: totals"
-- $1 organization.
SELECT
    count(*) AS total,
    count(*) FILTER (WHERE is_enabled) AS enabled,
    count(*) FILTER (WHERE enforcement_action = 'alert_only') AS monitoring,
    count(*) FILTER (WHERE enforcement_action = 'block_and_alert') AS blocking
FROM security_policies
WHERE organization_id = $1;

-- pgproof: as = "identity_app", name = "security policies page: switch"
-- $1 policy, $2 its organization, $3 on or off.
UPDATE security_policies
SET
    is_enabled = $3,
    updated_at = now()
WHERE
    id = $1
    AND organization_id = $2;

-- pgproof: as = "identity_app", name = "users page: list"
-- $1 organization.
SELECT
    id,
    email,
    name,
    role,
    status,
    provider,
    avatar_url,
    email_verified,
    force_password_change,
    last_login_at,
    approved_by,
    approved_at,
    created_at
FROM users
WHERE organization_id = $1
ORDER BY created_at DESC, id;

-- pgproof: as = "identity_app", name = "agents page: list"
-- $1 organization, $2 how many, $3 from where.
SELECT
    id,
    name,
    display_name,
    description,
    agent_type,
    status,
    version,
    trust_score,
    capability_violation_count,
    is_compromised,
    verified_at,
    last_active,
    created_at
FROM agents
WHERE organization_id = $1
ORDER BY created_at DESC, id
LIMIT $2 OFFSET $3;

-- pgproof: as = "identity_app", name = "agents page: one agent"
-- $1 agent, $2 its organization.
SELECT
    id,
    name,
    display_name,
    description,
    agent_type,
    status,
    version,
    public_key,
    key_algorithm,
    certificate_url,
    repository_url,
    documentation_url,
    trust_score,
    capability_violation_count,
    is_compromised,
    verified_at,
    last_active,
    created_by,
    created_at,
    updated_at
FROM agents
WHERE
    id = $1
    AND organization_id = $2;

-- pgproof: as = "identity_app", name = "agents page: register"
INSERT INTO agents (
    organization_id,
    name,
    display_name,
    description,
    agent_type,
    version,
    public_key,
    key_algorithm,
    repository_url,
    created_by
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING id, status, trust_score, created_at;

-- pgproof: as = "identity_app", name = "mcp servers page: list"
-- $1 organization.
SELECT
    id,
    name,
    description,
    url,
    version,
    status,
    is_verified,
    last_verified_at,
    capabilities,
    trust_score,
    created_by,
    created_at
FROM mcp_servers
WHERE organization_id = $1
ORDER BY created_at DESC, id;

-- pgproof: as = "identity_app", name = "verification events page: list"
-- $1 organization, $2 since when, $3 how many.
SELECT
    verification_events.id,
    verification_events.protocol,
    verification_events.verification_type,
    verification_events.status,
    verification_events.confidence,
    verification_events.trust_score,
    verification_events.duration_ms,
    verification_events.error_code,
    verification_events.error_reason,
    verification_events.initiator_type,
    verification_events.initiator_ip,
    verification_events.started_at,
    verification_events.completed_at,
    agents.display_name AS agent,
    mcp_servers.name AS mcp_server
FROM verification_events
LEFT JOIN agents ON agents.id = verification_events.agent_id
LEFT JOIN mcp_servers ON mcp_servers.id = verification_events.mcp_server_id
WHERE
    verification_events.organization_id = $1
    AND verification_events.created_at >= $2
ORDER BY verification_events.created_at DESC, verification_events.id
LIMIT $3;

-- pgproof: as = "identity_app", name = "verification events page: totals"
-- $1 organization, $2 since when.
SELECT
    count(*) AS total,
    count(*) FILTER (WHERE status = 'success') AS succeeded,
    count(*) FILTER (WHERE status IN ('failed', 'timeout')) AS failed,
    COALESCE(avg(duration_ms), 0) AS average_duration_ms
FROM verification_events
WHERE
    organization_id = $1
    AND created_at >= $2;

-- pgproof: as = "identity_app", name = "alerts page: list"
-- $1 organization, $2 how many.
SELECT
    id,
    alert_type,
    severity,
    title,
    description,
    resource_type,
    resource_id,
    is_acknowledged,
    acknowledged_by,
    acknowledged_at,
    created_at
FROM alerts
WHERE organization_id = $1
ORDER BY is_acknowledged, created_at DESC, id
LIMIT $2;

-- pgproof: as = "identity_app", name = "alerts page: raise"
INSERT INTO alerts (organization_id, alert_type, severity, title, description, resource_type, resource_id)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id, created_at;

-- pgproof: as = "identity_app", name = "alerts page: acknowledge"
-- $1 alert, $2 its organization, $3 user.
UPDATE alerts
SET
    is_acknowledged = TRUE,
    acknowledged_by = $3,
    acknowledged_at = now()
WHERE
    id = $1
    AND organization_id = $2
    AND NOT is_acknowledged;

-- pgproof: as = "identity_app", name = "audit log page: list"
-- $1 organization, $2 how many, $3 from where.
SELECT
    audit_logs.id,
    audit_logs.action,
    audit_logs.resource_type,
    audit_logs.resource_id,
    audit_logs.ip_address,
    audit_logs.user_agent,
    audit_logs.metadata,
    audit_logs.created_at,
    users.email AS user_email
FROM audit_logs
LEFT JOIN users ON users.id = audit_logs.user_id
WHERE audit_logs.organization_id = $1
ORDER BY audit_logs.created_at DESC, audit_logs.id
LIMIT $2 OFFSET $3;

-- pgproof: as = "identity_app", name = "audit log: write"
INSERT INTO audit_logs (organization_id, user_id, action, resource_type, resource_id, ip_address, user_agent, metadata)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- pgproof: as = "identity_app", name = "trust score page: history"
-- $1 agent, $2 its organization, $3 how many.
SELECT
    trust_scores.score,
    trust_scores.confidence,
    trust_scores.factors,
    trust_scores.calculated_at
FROM trust_scores
JOIN agents ON agents.id = trust_scores.agent_id
WHERE
    trust_scores.agent_id = $1
    AND agents.organization_id = $2
ORDER BY trust_scores.calculated_at DESC, trust_scores.id
LIMIT $3;

-- pgproof: as = "identity_app", name = "api keys page: list"
-- $1 organization.
SELECT
    id,
    agent_id,
    name,
    prefix,
    is_active,
    last_used_at,
    expires_at,
    created_at,
    created_by
FROM api_keys
WHERE organization_id = $1
ORDER BY created_at DESC, id;
