-- Who uses the workflows, and what they like. Accounts come and go with the identity service, which works as the owner
-- of these tables.

CREATE TABLE users (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email VARCHAR(320) NOT NULL UNIQUE CHECK (position('@' IN email) > 1),
    display_name VARCHAR(255) NOT NULL CHECK (display_name <> ''),
    locale VARCHAR(35) NOT NULL DEFAULT 'en',
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    last_login_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_users_last_login_at ON users (last_login_at);

COMMENT ON TABLE users IS 'A person with an account; each sees the own record alone';

-- One for each user, so the user is the key.
CREATE TABLE user_profiles (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    bio TEXT,
    avatar_url TEXT,
    timezone VARCHAR(64) NOT NULL DEFAULT 'UTC',
    preferences JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(preferences) = 'object'),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE user_profiles IS 'What a user tells of themselves, and how they like the workflows to behave';
