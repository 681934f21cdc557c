DROP FUNCTION has_qdrant_access(UUID, TEXT, TEXT, JSONB);
DROP TABLE qdrant_access_control;
