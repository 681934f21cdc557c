-- Times of a form.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE slots (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, starts timestamptz NOT NULL CHECK (extract(minute FROM starts)::int % 15 = 0 AND date_trunc('minute', starts) = starts),
    minutes int NOT NULL CHECK (minutes IN (15, 30, 60)), opens time NOT NULL, closes time NOT NULL, CHECK (opens < closes), CHECK (opens >= '06:00' AND closes <= '22:00'),
    week date NOT NULL CHECK (extract(isodow FROM week) = 1), birth date CHECK (birth > '1900-01-01' AND birth < current_date), expires timestamptz NOT NULL CHECK (expires > '2025-01-01'), every interval NOT NULL CHECK (every BETWEEN interval '1 minute' AND interval '1 day'),
    zone text NOT NULL CHECK (now() AT TIME ZONE zone IS NOT NULL), created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz, CHECK (created_at <= updated_at AND (deleted_at IS NULL OR deleted_at >= created_at)));
CREATE TABLE leaves (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, first_day date NOT NULL, last_day date NOT NULL, half_day boolean NOT NULL, approved_at timestamptz, approver text,
    CHECK (last_day >= first_day), CHECK (last_day - first_day <= 30), CHECK (NOT half_day OR first_day = last_day), CHECK ((approved_at IS NULL) = (approver IS NULL)));
CREATE TABLE tokens (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, hash bytea NOT NULL UNIQUE CHECK (length(hash) = 20), issued_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, used_at timestamptz, CHECK (expires_at > issued_at AND expires_at <= issued_at + interval '90 days'), CHECK (used_at IS NULL OR used_at BETWEEN issued_at AND expires_at));
