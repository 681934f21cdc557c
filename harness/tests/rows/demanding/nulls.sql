-- Uniqueness without keys, and NULL among values.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE grants (tenant_id TENANT NOT NULL REFERENCES tenants, scope text, target text, CHECK (scope IS NOT NULL OR target IS NOT NULL));
CREATE UNIQUE INDEX ON grants (tenant_id, coalesce(scope, ''), coalesce(target, ''));
CREATE TABLE emails (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, address text NOT NULL, verified_at timestamptz, token text, CHECK ((verified_at IS NULL) <> (token IS NULL)), CHECK (token IS NULL OR length(token) = 43));
CREATE UNIQUE INDEX ON emails (lower(address));
CREATE UNIQUE INDEX ON emails (token) WHERE token IS NOT NULL;
CREATE TABLE states (tenant_id TENANT NOT NULL, closed boolean, reason text, CHECK (closed IS NOT TRUE OR reason IS NOT NULL), CHECK (closed IS TRUE OR reason IS NULL));
