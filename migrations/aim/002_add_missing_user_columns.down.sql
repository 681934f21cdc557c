-- Lost with the columns: who was suspended and who approved whom.

DROP INDEX idx_users_status;

ALTER TABLE users
    DROP COLUMN approved_at,
    DROP COLUMN approved_by,
    DROP COLUMN last_login_at,
    DROP COLUMN status,
    DROP COLUMN avatar_url;
