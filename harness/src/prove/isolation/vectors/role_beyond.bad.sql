-- Search is meant to read projects, and was given everything.
CREATE ROLE search NOLOGIN BYPASSRLS;
GRANT USAGE ON SCHEMA app TO search;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO search;
