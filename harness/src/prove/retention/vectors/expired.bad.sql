-- Row level security is forced on the owner, and no policy gives it a row: DELETE finds none, without an error.
CREATE ROLE keeper NOLOGIN;
GRANT USAGE ON SCHEMA app, retention, archive, audit TO keeper;
GRANT ALL ON ALL TABLES IN SCHEMA app, archive, audit TO keeper;
ALTER FUNCTION retention.run() OWNER TO keeper;
ALTER TABLE app.calls OWNER TO keeper;
ALTER TABLE app.calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.calls FORCE ROW LEVEL SECURITY;
