-- What the agents page shows and what an agent proves its identity with; 001 had neither.

ALTER TABLE agents
    ADD COLUMN version VARCHAR(50),
    ADD COLUMN public_key TEXT,
    ADD COLUMN key_algorithm VARCHAR(50) NOT NULL DEFAULT 'Ed25519',
    ADD COLUMN certificate_url TEXT,
    ADD COLUMN repository_url TEXT,
    ADD COLUMN documentation_url TEXT,
    ADD COLUMN trust_score NUMERIC(5, 2) NOT NULL DEFAULT 0 CHECK (trust_score BETWEEN 0 AND 100),
    ADD COLUMN capability_violation_count INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN is_compromised BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN verified_at TIMESTAMPTZ,
    ADD COLUMN last_active TIMESTAMPTZ;

-- The score on the agent is the newest of its history, so that the list need not look there for each agent.
UPDATE agents
SET trust_score = newest.score
FROM (
    SELECT DISTINCT ON (agent_id) agent_id, score
    FROM trust_scores
    ORDER BY agent_id, calculated_at DESC, id
) AS newest
WHERE newest.agent_id = agents.id;

CREATE INDEX idx_agents_trust_score ON agents (organization_id, trust_score);
CREATE UNIQUE INDEX idx_agents_public_key ON agents (public_key) WHERE public_key IS NOT NULL;
