-- Texts of a form: addresses, codes, lengths.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE accounts (
    id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants,
    email text NOT NULL UNIQUE CHECK (email ~* '^[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$' AND length(email) <= 254 AND email = lower(email)),
    backup_email varchar(254) CHECK (backup_email LIKE '%_@__%.__%'),
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(?:-[a-z0-9]+)*$' AND char_length(slug) BETWEEN 3 AND 40),
    phone text NOT NULL CHECK (phone ~ '^\+[1-9]\d{6,14}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'), country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    locale text NOT NULL CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    iban text NOT NULL CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$' AND iban = upper(replace(iban, ' ', ''))),
    bic text CHECK (bic IS NULL OR bic ~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'),
    website text NOT NULL CHECK (website ~ '^https?://[^\s/$.?#].[^\s]*$'),
    colour text NOT NULL CHECK (colour ~ '^#[0-9a-fA-F]{6}$'),
    version text NOT NULL CHECK (version ~ '^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$'),
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'), digest_raw bytea NOT NULL CHECK (octet_length(digest_raw) = 32),
    api_key text NOT NULL UNIQUE CHECK (api_key LIKE 'sk\_live\_%' AND length(api_key) = 32),
    username varchar(30) NOT NULL CHECK (username ~ '^[a-z][a-z0-9_]{2,29}$'), title text NOT NULL CHECK (btrim(title) <> '' AND title = btrim(title)),
    pin char(4) NOT NULL CHECK (pin ~ '^\d{4}$'), vat text NOT NULL CHECK (vat ~ '^(CHE|DE|AT)[0-9]{9}$'), clock text NOT NULL CHECK (clock ~ '^([01]\d|2[0-3]):[0-5]\d$'),
    card_hash text NOT NULL CHECK (card_hash LIKE '$2b$12$%' AND length(card_hash) = 60),
    host text NOT NULL CHECK (host ~ '^([a-z0-9-]+\.)+[a-z]{2,63}$' AND host !~ '^-' AND position('..' IN host) = 0),
    bio text NOT NULL CHECK (length(bio) <= 160), summary text NOT NULL CHECK (length(trim(both FROM summary)) >= 20));
CREATE UNIQUE INDEX ON accounts (tenant_id, lower(username));
