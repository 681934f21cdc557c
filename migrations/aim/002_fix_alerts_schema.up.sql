-- Made by somebody else on the same day as 002_add_missing_user_columns, with the other suffix style: both bear the
-- number 002, both were applied in production, and 'a' comes before 'f'.
--
-- The application writes alerts with a title and a description, about any kind of resource, and with severities of its
-- own. 001 had one message, agents only, and other severities, so that each insert failed.

ALTER TABLE alerts DROP CONSTRAINT alerts_severity_check;

UPDATE alerts
SET severity = CASE severity WHEN 'low' THEN 'info' ELSE 'warning' END
WHERE severity IN ('low', 'medium');

ALTER TABLE alerts
    ADD CONSTRAINT alerts_severity_check CHECK (severity IN ('info', 'warning', 'high', 'critical'));

ALTER TABLE alerts RENAME COLUMN message TO description;
ALTER TABLE alerts RENAME COLUMN acknowledged TO is_acknowledged;

-- Filled before they become NOT NULL: production held alerts already.
ALTER TABLE alerts
    ADD COLUMN title VARCHAR(255),
    ADD COLUMN resource_type VARCHAR(50),
    ADD COLUMN resource_id UUID;

UPDATE alerts
SET
    title = left(description, 255),
    resource_type = CASE WHEN agent_id IS NULL THEN 'organization' ELSE 'agent' END,
    resource_id = COALESCE(agent_id, organization_id);

ALTER TABLE alerts
    ALTER COLUMN title SET NOT NULL,
    ALTER COLUMN resource_type SET NOT NULL,
    ALTER COLUMN resource_id SET NOT NULL;

-- An alert now outlives its agent: there is no foreign key to "any kind of resource".
DROP INDEX idx_alerts_agent_id;
ALTER TABLE alerts DROP COLUMN agent_id;

CREATE INDEX idx_alerts_resource ON alerts (resource_type, resource_id);
