-- What the chat service sends, after it has set the context: whose rows they are is the policies' part, so hardly a
-- statement names the user.

-- pgproof: as = "app_user", name = "account: own record"
SELECT id, email, display_name, locale, is_active, last_login_at
FROM users
WHERE id = get_current_user_id();

-- pgproof: as = "app_user", name = "account: describe"
-- $1 name, $2 locale.
UPDATE users
SET
    display_name = $1,
    locale = $2,
    updated_at = now()
WHERE id = get_current_user_id();

-- pgproof: as = "app_user", name = "profile: read"
SELECT bio, avatar_url, timezone, preferences
FROM user_profiles;

-- pgproof: as = "app_user", name = "profile: write"
-- $1 what they tell of themselves, $2 time zone, $3 preferences.
INSERT INTO user_profiles (user_id, bio, timezone, preferences)
VALUES (get_current_user_id(), $1, $2, $3)
ON CONFLICT (user_id) DO UPDATE
SET
    bio = EXCLUDED.bio,
    timezone = EXCLUDED.timezone,
    preferences = EXCLUDED.preferences,
    updated_at = now();

-- pgproof: as = "app_user", name = "sessions: list"
-- $1 how many.
SELECT id, title, mode, status, last_activity_at
FROM chat_mode_sessions
ORDER BY last_activity_at DESC, id
LIMIT $1;

-- pgproof: as = "app_user", name = "sessions: open"
-- $1 title, $2 mode.
INSERT INTO chat_mode_sessions (user_id, title, mode)
VALUES (get_current_user_id(), $1, $2)
RETURNING id;

-- pgproof: as = "app_user", name = "sessions: close"
-- $1 session.
UPDATE chat_mode_sessions
SET
    status = 'closed',
    ended_at = now()
WHERE
    id = $1
    AND ended_at IS NULL;

-- pgproof: as = "app_user", name = "messages: list"
-- $1 session.
SELECT id, role, content, token_count, created_at
FROM chat_messages
WHERE session_id = $1
ORDER BY created_at, id;

-- pgproof: as = "app_user", name = "messages: say"
-- $1 session, $2 role, $3 content, $4 tokens.
INSERT INTO chat_messages (user_id, session_id, role, content, token_count)
VALUES (get_current_user_id(), $1, $2, $3, $4)
RETURNING id, created_at;

-- pgproof: as = "app_user", name = "context: what a session remembers"
-- $1 session.
SELECT context_key, context_value
FROM simple_chat_context
WHERE
    session_id = $1
    AND (expires_at IS NULL OR expires_at > now())
ORDER BY context_key;

-- pgproof: as = "app_user", name = "context: remember"
-- $1 session, $2 key, $3 value.
INSERT INTO simple_chat_context (session_id, context_key, context_value)
VALUES ($1, $2, $3)
ON CONFLICT (session_id, context_key) DO UPDATE
SET
    context_value = EXCLUDED.context_value,
    updated_at = now();

-- pgproof: as = "app_user", name = "router: note a decision"
-- $1 session, $2 model, $3 reason, $4 confidence, $5 milliseconds.
INSERT INTO router_decision_log (session_id, model, reason, confidence, latency_ms)
VALUES ($1, $2, $3, $4, $5);

-- pgproof: as = "app_user", name = "router: decisions of a session"
-- $1 session.
SELECT model, reason, confidence, latency_ms, created_at
FROM router_decision_log
WHERE session_id = $1
ORDER BY created_at, id;
