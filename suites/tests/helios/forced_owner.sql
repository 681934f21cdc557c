-- A deployment's role that owns the tables and may do all but pass by policies.
CREATE ROLE owner_of_tables;
GRANT USAGE ON SCHEMA public, audit TO owner_of_tables;
GRANT ALL ON ALL TABLES IN SCHEMA public TO owner_of_tables;
GRANT ALL ON ALL TABLES IN SCHEMA audit TO owner_of_tables;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO owner_of_tables;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA audit TO owner_of_tables;
ALTER TABLE chat_messages OWNER TO owner_of_tables;
ALTER TABLE users OWNER TO owner_of_tables;
SET LOCAL ROLE owner_of_tables;
