-- Conversations. A key that leads to a session takes the user along: a message of one user in another's session would
-- be a row that both of them own.

CREATE TABLE chat_mode_sessions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title VARCHAR(255) NOT NULL DEFAULT '',
    mode TEXT NOT NULL DEFAULT 'simple' CHECK (mode IN ('simple', 'expert', 'consensus')),
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived', 'closed')),
    metadata JSONB NOT NULL DEFAULT '{}',
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_activity_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended_at TIMESTAMPTZ,
    UNIQUE (user_id, id),
    CHECK (ended_at >= started_at)
);

CREATE INDEX idx_chat_mode_sessions_last_activity ON chat_mode_sessions (user_id, last_activity_at DESC);

COMMENT ON TABLE chat_mode_sessions IS 'A conversation of one user; what only bears a session_id belongs to its user';

CREATE TABLE chat_messages (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id UUID NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
    content TEXT NOT NULL,
    token_count INTEGER NOT NULL DEFAULT 0 CHECK (token_count >= 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    FOREIGN KEY (user_id, session_id) REFERENCES chat_mode_sessions (user_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_chat_messages_session ON chat_messages (user_id, session_id, created_at);
CREATE INDEX idx_chat_messages_created_at ON chat_messages (created_at);

COMMENT ON TABLE chat_messages IS 'What was said in a session, by the user and by the models';

-- What a simple session remembers between two turns. It bears no user: its session does.
CREATE TABLE simple_chat_context (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id UUID NOT NULL REFERENCES chat_mode_sessions (id) ON DELETE CASCADE,
    context_key VARCHAR(100) NOT NULL CHECK (context_key <> ''),
    context_value JSONB NOT NULL DEFAULT '{}',
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (session_id, context_key)
);

CREATE INDEX idx_simple_chat_context_expires_at ON simple_chat_context (expires_at) WHERE expires_at IS NOT NULL;

COMMENT ON TABLE simple_chat_context IS 'What a simple session remembers; belongs to the user of the session';

-- Which model the router chose for a turn, and why.
CREATE TABLE router_decision_log (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id UUID NOT NULL REFERENCES chat_mode_sessions (id) ON DELETE CASCADE,
    model VARCHAR(100) NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    latency_ms INTEGER CHECK (latency_ms >= 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_router_decision_log_session ON router_decision_log (session_id, created_at);

COMMENT ON TABLE router_decision_log IS 'Which model was chosen for a turn and why; belongs to the user of the session';
