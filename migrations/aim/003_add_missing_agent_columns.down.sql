-- Lost with the columns: keys and counts. The score itself is still in trust_scores.

DROP INDEX idx_agents_public_key;
DROP INDEX idx_agents_trust_score;

ALTER TABLE agents
    DROP COLUMN last_active,
    DROP COLUMN verified_at,
    DROP COLUMN is_compromised,
    DROP COLUMN capability_violation_count,
    DROP COLUMN trust_score,
    DROP COLUMN documentation_url,
    DROP COLUMN repository_url,
    DROP COLUMN certificate_url,
    DROP COLUMN key_algorithm,
    DROP COLUMN public_key,
    DROP COLUMN version;
