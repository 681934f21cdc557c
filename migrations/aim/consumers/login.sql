-- What logging in sends: a person with e-mail and password, and an agent with an API key.

-- pgproof: as = "identity_app", name = "login: user by email"
-- $1 e-mail. The hash is compared in the application; users of single sign-on have none and find no row here.
SELECT
    id,
    organization_id,
    name,
    role,
    status,
    password_hash,
    email_verified,
    force_password_change
FROM users
WHERE
    email = $1
    AND password_hash IS NOT NULL;

-- pgproof: as = "identity_app", name = "login: note the time"
UPDATE users
SET last_login_at = now()
WHERE id = $1;

-- pgproof: as = "identity_app", name = "login: change password"
-- $1 user, $2 bcrypt hash.
UPDATE users
SET
    password_hash = $2,
    force_password_change = FALSE,
    updated_at = now()
WHERE id = $1;

-- pgproof: as = "identity_app", name = "api key: by hash"
-- $1 hash of the key.
SELECT
    api_keys.id,
    api_keys.organization_id,
    api_keys.agent_id,
    agents.status,
    agents.is_compromised
FROM api_keys
JOIN agents ON agents.id = api_keys.agent_id
WHERE
    api_keys.key_hash = $1
    AND api_keys.is_active
    AND (api_keys.expires_at IS NULL OR api_keys.expires_at > now());

-- pgproof: as = "identity_app", name = "api key: note the use"
UPDATE api_keys
SET last_used_at = now()
WHERE id = $1;

-- pgproof: as = "identity_app", name = "sdk token: use"
-- $1 hash of the token, $2 address. Returns no row for a token that is revoked, expired or unknown.
UPDATE sdk_tokens
SET
    last_used_at = now(),
    last_ip_address = $2,
    usage_count = usage_count + 1
WHERE
    token_hash = $1
    AND revoked_at IS NULL
    AND expires_at > now()
RETURNING user_id, organization_id, token_id;
