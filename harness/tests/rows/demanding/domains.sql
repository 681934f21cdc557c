-- Domains over domains, in arrays and composite types.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE DOMAIN trimmed AS text CHECK (VALUE = btrim(VALUE));
CREATE DOMAIN label AS trimmed CHECK (length(VALUE) BETWEEN 2 AND 30);
CREATE DOMAIN code AS label CHECK (VALUE ~ '^[A-Z]') NOT NULL;
CREATE DOMAIN positive AS numeric(10, 2) CHECK (VALUE > 0);
CREATE DOMAIN percent AS positive CHECK (VALUE <= 100);
CREATE DOMAIN email AS varchar(120) CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN emails AS email[] CHECK (cardinality(VALUE) > 0);
CREATE TYPE money_of AS (amount positive, currency code);
CREATE DOMAIN price AS money_of CHECK ((VALUE).amount < 1000);
CREATE TABLE items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants,
    name label NOT NULL, code code, discount percent NOT NULL, contacts emails NOT NULL, cost money_of NOT NULL, price price NOT NULL,
    labels label[] NOT NULL CHECK (cardinality(labels) > 0), UNIQUE (tenant_id, code));
