-- Checks that bind columns of a row together.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants,
    starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, cancelled_at timestamptz, cancelled_by text,
    CHECK (starts_at < ends_at), CHECK (ends_at - starts_at <= interval '8 hours'),
    CHECK ((cancelled_at IS NULL) = (cancelled_by IS NULL)));
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants,
    kind text NOT NULL CHECK (kind IN ('card', 'sepa', 'cash')), last_four text, iban text, amount numeric(12, 2) NOT NULL,
    refunded numeric(12, 2) NOT NULL DEFAULT 0, currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    CHECK (CASE kind WHEN 'card' THEN last_four ~ '^[0-9]{4}$' AND iban IS NULL
                     WHEN 'sepa' THEN iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' AND last_four IS NULL
                     ELSE num_nonnulls(last_four, iban) = 0 END),
    CHECK (amount > 0 AND refunded >= 0 AND refunded <= amount));
CREATE TABLE plans (
    tenant_id TENANT NOT NULL REFERENCES tenants, code text NOT NULL, trial_days int, monthly_cents int, yearly_cents int,
    seats_min int NOT NULL, seats_max int, is_free boolean NOT NULL,
    PRIMARY KEY (tenant_id, code),
    CHECK (num_nonnulls(monthly_cents, yearly_cents) = 1 OR is_free), CHECK (NOT is_free OR num_nulls(monthly_cents, yearly_cents) = 2),
    CHECK (seats_max IS NULL OR seats_max > seats_min), CHECK (seats_min BETWEEN 1 AND 500), CHECK (trial_days IN (0, 7, 14, 30)));
CREATE TABLE addresses (
    id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, latitude numeric(8, 6), longitude numeric(9, 6),
    street text, city text, postcode text, country char(2),
    CHECK ((latitude IS NULL) = (longitude IS NULL)), CHECK (latitude BETWEEN -90 AND 90), CHECK (longitude BETWEEN -180 AND 180),
    CHECK (latitude IS NOT NULL OR (street IS NOT NULL AND city IS NOT NULL AND country IS NOT NULL)),
    CHECK (country <> 'CH' OR postcode ~ '^[1-9][0-9]{3}$'));
