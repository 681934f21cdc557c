-- Lost with the columns: titles, and which resource an alert is about unless it is an agent that still exists.
-- No alert is lost.

DROP INDEX idx_alerts_resource;

ALTER TABLE alerts ADD COLUMN agent_id UUID REFERENCES agents (id) ON DELETE CASCADE;

UPDATE alerts
SET agent_id = agents.id
FROM agents
WHERE
    alerts.resource_type = 'agent'
    AND agents.id = alerts.resource_id;

CREATE INDEX idx_alerts_agent_id ON alerts (agent_id);

ALTER TABLE alerts
    DROP COLUMN resource_id,
    DROP COLUMN resource_type,
    DROP COLUMN title;

ALTER TABLE alerts RENAME COLUMN is_acknowledged TO acknowledged;
ALTER TABLE alerts RENAME COLUMN description TO message;

ALTER TABLE alerts DROP CONSTRAINT alerts_severity_check;

UPDATE alerts
SET severity = CASE severity WHEN 'info' THEN 'low' ELSE 'medium' END
WHERE severity IN ('info', 'warning');

ALTER TABLE alerts
    ADD CONSTRAINT alerts_severity_check CHECK (severity IN ('low', 'medium', 'high', 'critical'));
