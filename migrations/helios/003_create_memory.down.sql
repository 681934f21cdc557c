DROP TABLE consensus_memory_nodes;
DROP TABLE unified_memory_vectors;
DROP TABLE documents;
