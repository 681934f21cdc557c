-- What is asked for the sake of privacy: by the services for a user, and by those who do what the user has asked.

-- pgproof: as = "app_user", name = "privacy: ask"
-- $1 what for, $2 in their words.
INSERT INTO privacy_requests (user_id, request_type, details)
VALUES (get_current_user_id(), $1, $2)
RETURNING id, status, due_at;

-- pgproof: as = "app_user", name = "privacy: take back"
-- $1 request.
UPDATE privacy_requests
SET status = 'CANCELLED'
WHERE id = $1;

-- pgproof: as = "app_user", name = "privacy: own requests"
SELECT id, request_type, status, response, requested_at, due_at, closed_at
FROM privacy_requests
ORDER BY requested_at DESC, id;

-- pgproof: as = "app_user", name = "encrypted: put a field"
-- $1 table, $2 row, $3 field, $4 ciphertext with its tag, $5 nonce, $6 salt, $7 iterations.
INSERT INTO encrypted_fields (user_id, table_name, record_id, field_name, ciphertext, nonce, key_salt, key_iterations)
VALUES (get_current_user_id(), $1, $2, $3, $4, $5, $6, $7);

-- pgproof: as = "app_user", name = "encrypted: get a field"
-- $1 table, $2 row, $3 field.
SELECT ciphertext, nonce, key_salt, key_iterations
FROM encrypted_fields
WHERE
    table_name = $1
    AND record_id = $2
    AND field_name = $3;

-- pgproof: as = "app_user", name = "encrypted: remove a field"
-- $1 table, $2 row, $3 field.
DELETE FROM encrypted_fields
WHERE
    table_name = $1
    AND record_id = $2
    AND field_name = $3;

-- pgproof: as = "privacy_worker", name = "privacy: what is due"
SELECT id, user_id, request_type, status, details, due_at
FROM privacy_requests
WHERE closed_at IS NULL
ORDER BY due_at, id;

-- pgproof: as = "privacy_worker", name = "privacy: advance"
-- $1 request, $2 status, $3 what to tell them.
UPDATE privacy_requests
SET
    status = $2,
    response = COALESCE($3, response)
WHERE id = $1;

-- pgproof: as = "privacy_worker", name = "privacy: forget a person"
-- $1 user.
SELECT anonymize_user_data($1);

-- pgproof: as = "privacy_worker", name = "retention: clean up"
SELECT audit.cleanup_old_data();
