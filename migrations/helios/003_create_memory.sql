-- What the agents remember. Vectors themselves lie in Qdrant; here is what they stand for, and whose they are.

CREATE TABLE documents (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title VARCHAR(255) NOT NULL CHECK (title <> ''),
    content TEXT NOT NULL,
    content_hash VARCHAR(64) NOT NULL,
    mime_type VARCHAR(127) NOT NULL DEFAULT 'text/plain',
    metadata JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, id),
    -- Of one user: that another has the same document is nobody's to learn.
    UNIQUE (user_id, content_hash)
);

CREATE INDEX idx_documents_created_at ON documents (user_id, created_at DESC);

COMMENT ON TABLE documents IS 'What a user has uploaded';

CREATE TABLE unified_memory_vectors (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    document_id UUID,
    collection VARCHAR(100) NOT NULL,
    point_id UUID NOT NULL,
    content TEXT NOT NULL,
    embedding_model VARCHAR(100) NOT NULL,
    dimensions INTEGER NOT NULL CHECK (dimensions > 0),
    importance REAL NOT NULL DEFAULT 0.5 CHECK (importance BETWEEN 0 AND 1),
    metadata JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    accessed_at TIMESTAMPTZ,
    UNIQUE (user_id, collection, point_id),
    FOREIGN KEY (user_id, document_id) REFERENCES documents (user_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_unified_memory_vectors_document ON unified_memory_vectors (user_id, document_id);

COMMENT ON TABLE unified_memory_vectors IS 'A point of a Qdrant collection: what it stands for and whose it is';

CREATE TABLE consensus_memory_nodes (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    parent_id UUID,
    node_key VARCHAR(255) NOT NULL CHECK (node_key <> ''),
    content JSONB NOT NULL DEFAULT '{}',
    votes_for INTEGER NOT NULL DEFAULT 0 CHECK (votes_for >= 0),
    votes_against INTEGER NOT NULL DEFAULT 0 CHECK (votes_against >= 0),
    agreed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, id),
    UNIQUE (user_id, node_key),
    CHECK (parent_id <> id),
    FOREIGN KEY (user_id, parent_id) REFERENCES consensus_memory_nodes (user_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_consensus_memory_nodes_parent ON consensus_memory_nodes (user_id, parent_id);

COMMENT ON TABLE consensus_memory_nodes IS 'What the agents of a user have agreed on, as a tree';
