-- What the agents do: their tasks, the states they come back to, and the blackboard over which they talk.

CREATE TABLE tasks (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id UUID,
    parent_id UUID,
    title VARCHAR(255) NOT NULL CHECK (title <> ''),
    description TEXT,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'done', 'failed', 'cancelled')),
    priority SMALLINT NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 9),
    result JSONB,
    due_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, id),
    CHECK (parent_id <> id),
    FOREIGN KEY (user_id, session_id) REFERENCES chat_mode_sessions (user_id, id) ON DELETE CASCADE,
    FOREIGN KEY (user_id, parent_id) REFERENCES tasks (user_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_tasks_open ON tasks (user_id, priority DESC, created_at) WHERE status IN ('pending', 'running');
CREATE INDEX idx_tasks_session ON tasks (user_id, session_id);
CREATE INDEX idx_tasks_parent ON tasks (user_id, parent_id);

COMMENT ON TABLE tasks IS 'What a user has asked the agents to do';

CREATE TABLE agent_context_states (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id UUID NOT NULL,
    agent_name VARCHAR(100) NOT NULL CHECK (agent_name <> ''),
    state JSONB NOT NULL DEFAULT '{}',
    version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, session_id, agent_name, version),
    FOREIGN KEY (user_id, session_id) REFERENCES chat_mode_sessions (user_id, id) ON DELETE CASCADE
);

COMMENT ON TABLE agent_context_states IS 'What an agent comes back to in a session, one row a version';

CREATE TABLE blackboard_events (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    task_id UUID,
    topic VARCHAR(100) NOT NULL CHECK (topic <> ''),
    payload JSONB NOT NULL DEFAULT '{}',
    published_by VARCHAR(100) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    FOREIGN KEY (user_id, task_id) REFERENCES tasks (user_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_blackboard_events_topic ON blackboard_events (user_id, topic, created_at DESC);
CREATE INDEX idx_blackboard_events_task ON blackboard_events (user_id, task_id);

COMMENT ON TABLE blackboard_events IS 'What the agents of a user tell one another';
