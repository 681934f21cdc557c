-- One of many: a default, a primary, a living one.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE cards (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, is_default boolean NOT NULL, brand text NOT NULL CHECK (brand IN ('visa', 'amex')));
CREATE UNIQUE INDEX one_default ON cards (tenant_id) WHERE is_default;
CREATE TABLE people (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, email text NOT NULL, deleted_at timestamptz, role text NOT NULL CHECK (role IN ('owner', 'member')));
CREATE UNIQUE INDEX living ON people (tenant_id, lower(email)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX one_owner ON people (tenant_id) WHERE role = 'owner' AND deleted_at IS NULL;
CREATE TABLE settings (tenant_id TENANT NOT NULL REFERENCES tenants, key text NOT NULL CHECK (key IN ('theme', 'zone', 'mail')), value jsonb NOT NULL, scope int, PRIMARY KEY (tenant_id, key));
CREATE UNIQUE INDEX ON settings (tenant_id, key, coalesce(scope, -1));
CREATE TABLE runs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, state text NOT NULL CHECK (state IN ('queued', 'running', 'done')), started_at timestamptz,
    CHECK ((state = 'queued') = (started_at IS NULL)));
CREATE UNIQUE INDEX one_running ON runs (tenant_id) WHERE state = 'running';
