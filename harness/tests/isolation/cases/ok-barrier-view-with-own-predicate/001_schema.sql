DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'notes_api') THEN
    CREATE ROLE notes_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA private;
CREATE SCHEMA api;
GRANT USAGE ON SCHEMA api TO notes_api;
CREATE TABLE private.notes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id integer NOT NULL,
  body text NOT NULL
);
CREATE VIEW api.my_notes WITH (security_barrier) AS
  SELECT id, user_id, body FROM private.notes
  WHERE user_id = nullif(current_setting('notes.user_id', true), '')::integer
  WITH CASCADED CHECK OPTION;
GRANT SELECT, INSERT, UPDATE, DELETE ON api.my_notes TO notes_api;
