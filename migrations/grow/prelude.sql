-- What the platform gives before the first migration: the roles that requests run as, what they may do by default in
-- "public", and the schema "auth", which reads the verified token that the gateway leaves in the session.
--
-- On the platform, service_role skips row level security altogether. Here it does not, so that it is the policy that lets it in,
-- and whatever else is meant to be kept out really meets a policy.

CREATE ROLE anon NOLOGIN NOINHERIT;
CREATE ROLE authenticated NOLOGIN NOINHERIT;
CREATE ROLE service_role NOLOGIN NOINHERIT;

GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;

CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;

-- A session that never had a token, and one whose token was local to an earlier transaction, have the same: none.
CREATE FUNCTION auth.jwt()
RETURNS JSONB
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN NULLIF(current_setting('request.jwt.claims', TRUE), '')::JSONB;

CREATE FUNCTION auth.role()
RETURNS TEXT
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN auth.jwt() ->> 'role';

CREATE FUNCTION auth.uid()
RETURNS UUID
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN NULLIF(auth.jwt() ->> 'sub', '')::UUID;
