-- Incident 1: the bootstrap program could not make the first administrator, for want of a column "password_hash".
-- It is NULL for users who come by single sign-on.
--
-- IF NOT EXISTS, because it went to production by hand, in a hurry, and may be there in part. Mind what that hides: a
-- column that is there with another type stays as it is. The verification script beside this file looks.

ALTER TABLE users
    ADD COLUMN IF NOT EXISTS password_hash TEXT,
    ADD COLUMN IF NOT EXISTS email_verified BOOLEAN DEFAULT FALSE,
    ADD COLUMN IF NOT EXISTS force_password_change BOOLEAN DEFAULT FALSE;

CREATE INDEX IF NOT EXISTS idx_users_email_hash ON users (email, password_hash);
CREATE INDEX IF NOT EXISTS idx_users_email_verified ON users (email_verified);
