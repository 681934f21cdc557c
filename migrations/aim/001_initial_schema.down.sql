-- No CASCADE: whatever still refers to these tables has a way back of its own, which has to go first.

DROP TABLE trust_scores;
DROP TABLE alerts;
DROP TABLE audit_logs;
DROP TABLE api_keys;
DROP TABLE agents;
DROP TABLE users;
DROP TABLE organizations;
