-- What the agents' services send, after they have set the context.

-- pgproof: as = "app_user", name = "documents: upload"
-- $1 title, $2 content, $3 its hash, $4 type. No row comes back for a document that the user has already.
INSERT INTO documents (user_id, title, content, content_hash, mime_type)
VALUES (get_current_user_id(), $1, $2, $3, $4)
ON CONFLICT (user_id, content_hash) DO NOTHING
RETURNING id;

-- pgproof: as = "app_user", name = "documents: list"
SELECT id, title, mime_type, created_at
FROM documents
ORDER BY created_at DESC, id;

-- pgproof: as = "app_user", name = "memory: remember a point"
-- $1 document, $2 collection, $3 point, $4 content, $5 model, $6 dimensions.
INSERT INTO unified_memory_vectors (user_id, document_id, collection, point_id, content, embedding_model, dimensions)
VALUES (get_current_user_id(), $1, $2, $3, $4, $5, $6);

-- pgproof: as = "app_user", name = "memory: what points stand for"
-- $1 collection, $2 the points that Qdrant has found.
UPDATE unified_memory_vectors
SET accessed_at = now()
WHERE
    collection = $1
    AND point_id = ANY ($2::UUID [])
RETURNING point_id, content, importance;

-- pgproof: as = "app_user", name = "consensus: vote"
-- $1 node's key, $2 content, $3 whether for it.
INSERT INTO consensus_memory_nodes (user_id, node_key, content, votes_for, votes_against)
VALUES (get_current_user_id(), $1, $2, $3::BOOLEAN::INTEGER, (NOT $3::BOOLEAN)::INTEGER)
ON CONFLICT (user_id, node_key) DO UPDATE
SET
    votes_for = consensus_memory_nodes.votes_for + EXCLUDED.votes_for,
    votes_against = consensus_memory_nodes.votes_against + EXCLUDED.votes_against,
    updated_at = now();

-- pgproof: as = "app_user", name = "consensus: children of a node"
SELECT id, node_key, content, votes_for, votes_against, agreed_at
FROM consensus_memory_nodes
WHERE parent_id = $1
ORDER BY node_key;

-- pgproof: as = "app_user", name = "tasks: take the next"
UPDATE tasks
SET
    status = 'running',
    updated_at = now()
WHERE id = (
    SELECT next.id
    FROM tasks AS next
    WHERE next.status = 'pending'
    ORDER BY next.priority DESC, next.created_at, next.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, title, description;

-- pgproof: as = "app_user", name = "tasks: add"
-- $1 session, $2 parent, $3 title, $4 description, $5 priority.
INSERT INTO tasks (user_id, session_id, parent_id, title, description, priority)
VALUES (get_current_user_id(), $1, $2, $3, $4, $5)
RETURNING id;

-- pgproof: as = "app_user", name = "agents: latest state"
-- $1 session, $2 agent.
SELECT state, version
FROM agent_context_states
WHERE
    session_id = $1
    AND agent_name = $2
ORDER BY version DESC
LIMIT 1;

-- pgproof: as = "app_user", name = "agents: keep a state"
-- $1 session, $2 agent, $3 state, $4 version.
INSERT INTO agent_context_states (user_id, session_id, agent_name, state, version)
VALUES (get_current_user_id(), $1, $2, $3, $4);

-- pgproof: as = "app_user", name = "blackboard: publish"
-- $1 task, $2 topic, $3 payload, $4 by whom.
INSERT INTO blackboard_events (user_id, task_id, topic, payload, published_by)
VALUES (get_current_user_id(), $1, $2, $3, $4);

-- pgproof: as = "app_user", name = "blackboard: read"
-- $1 topic, $2 since when.
SELECT payload, published_by, created_at
FROM blackboard_events
WHERE
    topic = $1
    AND created_at >= $2
ORDER BY created_at, id;
