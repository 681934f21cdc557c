-- Ranges that must not overlap, by tenant.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE FUNCTION number_of(TENANT) RETURNS int4range LANGUAGE sql IMMUTABLE AS $$ SELECT int4range(hashtext($1::text), hashtext($1::text), '[]') $$;
CREATE TABLE rooms (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, capacity int4range NOT NULL CHECK (capacity <@ int4range(1, 500) AND NOT isempty(capacity)));
CREATE TABLE stays (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, room_id bigint NOT NULL REFERENCES rooms,
    during tstzrange NOT NULL CHECK (lower(during) IS NOT NULL AND upper(during) > lower(during) AND upper(during) - lower(during) < interval '2 days'),
    EXCLUDE USING gist (number_of(tenant_id) WITH =, int8range(room_id, room_id, '[]') WITH =, during WITH &&));
CREATE TABLE prices (
    id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, valid_from date NOT NULL DEFAULT current_date, valid_to date NOT NULL DEFAULT 'infinity',
    active boolean NOT NULL DEFAULT true, CHECK (valid_from < valid_to),
    EXCLUDE USING gist (number_of(tenant_id) WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (active));
CREATE TABLE terms (
    id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, season daterange NOT NULL CHECK (NOT lower_inf(season) AND NOT upper_inf(season)),
    bounds numrange NOT NULL CHECK (lower_inc(bounds) AND NOT upper_inc(bounds) AND lower(bounds) >= 0),
    hours int4multirange NOT NULL CHECK (hours <@ '{[0,24)}'::int4multirange AND NOT isempty(hours)), open_end tsrange CHECK (upper_inf(open_end)),
    EXCLUDE USING gist (season WITH &&));
