-- Generated columns in keys and checks.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE lines (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, net numeric(10, 2) NOT NULL, rate numeric(4, 3) NOT NULL CHECK (rate BETWEEN 0 AND 0.3),
    gross numeric(12, 2) GENERATED ALWAYS AS (round(net * (1 + rate), 2)) STORED, CHECK (gross > 0 AND gross < 50000), name text NOT NULL, slug text GENERATED ALWAYS AS (lower(replace(name, ' ', '-'))) STORED,
    starts date NOT NULL, days int NOT NULL CHECK (days > 0), ends date GENERATED ALWAYS AS (starts + days) STORED, CHECK (ends < '2100-01-01'),
    UNIQUE (tenant_id, slug), UNIQUE (tenant_id, gross));
CREATE TABLE weights (tenant_id TENANT NOT NULL, grams int NOT NULL, kilos int GENERATED ALWAYS AS (grams / 1000) STORED CHECK (kilos BETWEEN 1 AND 20), PRIMARY KEY (tenant_id, kilos));
CREATE TABLE contacts (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, data jsonb NOT NULL, email text GENERATED ALWAYS AS (data ->> 'email') STORED NOT NULL, UNIQUE (tenant_id, email));
