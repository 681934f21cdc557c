-- The application knows users who wait for approval, are suspended, or have a picture; 001 did not.
-- Users who are there already could log in so far, so they are active.

ALTER TABLE users
    ADD COLUMN avatar_url TEXT,
    ADD COLUMN status VARCHAR(50) NOT NULL DEFAULT 'active'
        CHECK (status IN ('pending', 'active', 'suspended', 'deactivated')),
    ADD COLUMN last_login_at TIMESTAMPTZ,
    ADD COLUMN approved_by UUID REFERENCES users (id) ON DELETE SET NULL,
    ADD COLUMN approved_at TIMESTAMPTZ;

CREATE INDEX idx_users_status ON users (organization_id, status);
