DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chat_api') THEN
    CREATE ROLE chat_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA chat;
CREATE SCHEMA api;
GRANT USAGE ON SCHEMA api TO chat_api;
CREATE TABLE chat.messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recipient integer NOT NULL,
  body text NOT NULL
);
CREATE VIEW api.my_messages AS
  SELECT id, body FROM chat.messages WHERE recipient = nullif(current_setting('chat.user_id', true), '')::integer;
GRANT SELECT ON api.my_messages TO chat_api;
