-- Lost with the columns: every local password. IF EXISTS for the reason that the way forward has IF NOT EXISTS.

DROP INDEX IF EXISTS idx_users_email_verified;
DROP INDEX IF EXISTS idx_users_email_hash;

ALTER TABLE users
    DROP COLUMN IF EXISTS force_password_change,
    DROP COLUMN IF EXISTS email_verified,
    DROP COLUMN IF EXISTS password_hash;
