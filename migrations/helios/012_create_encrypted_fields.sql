-- What is kept for a user that the database itself must not be able to read. The services encrypt with AES-256-GCM under a key
-- that they derive by PBKDF2 from a secret which is never sent here; what is needed to derive it again, but for that secret,
-- stands beside the ciphertext.

CREATE TABLE encrypted_fields (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    table_name VARCHAR(63) NOT NULL CHECK (table_name <> ''),
    record_id UUID NOT NULL,
    field_name VARCHAR(63) NOT NULL CHECK (field_name <> ''),
    algorithm TEXT NOT NULL DEFAULT 'AES-256-GCM' CHECK (algorithm = 'AES-256-GCM'),
    -- The authentication tag of 16 bytes is its end.
    ciphertext BYTEA NOT NULL CHECK (octet_length(ciphertext) >= 16),
    nonce BYTEA NOT NULL CHECK (octet_length(nonce) = 12),
    key_derivation TEXT NOT NULL DEFAULT 'PBKDF2-HMAC-SHA256' CHECK (key_derivation = 'PBKDF2-HMAC-SHA256'),
    key_salt BYTEA NOT NULL CHECK (octet_length(key_salt) >= 16),
    key_iterations INTEGER NOT NULL CHECK (key_iterations >= 600000),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, table_name, record_id, field_name),
    -- A nonce that serves twice under a key gives away both plaintexts and the means to forge.
    UNIQUE (user_id, key_salt, nonce)
);

COMMENT ON TABLE encrypted_fields IS 'A field of a user that only the services can read: ciphertext, nonce, and how the key is derived';

ALTER TABLE encrypted_fields ENABLE ROW LEVEL SECURITY;
ALTER TABLE encrypted_fields FORCE ROW LEVEL SECURITY;

CREATE POLICY encrypted_fields_isolation ON encrypted_fields
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

-- A field is not changed but made anew, with a nonce of its own.
GRANT SELECT, INSERT, DELETE ON encrypted_fields TO app_user;

CREATE TRIGGER audit_trigger_encrypted_fields
AFTER INSERT OR UPDATE OR DELETE ON encrypted_fields
FOR EACH ROW EXECUTE FUNCTION audit.log_change();
