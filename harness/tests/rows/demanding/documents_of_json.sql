-- The shape of JSON documents.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    tags jsonb NOT NULL CHECK (jsonb_typeof(tags) = 'array' AND jsonb_array_length(tags) BETWEEN 1 AND 5),
    payload jsonb NOT NULL CHECK (payload ? 'type' AND payload ? 'version'),
    event jsonb NOT NULL CHECK (event ?& ARRAY['id', 'kind']),
    price jsonb NOT NULL CHECK ((price ->> 'amount')::numeric > 0 AND price ->> 'currency' IN ('EUR', 'CHF')),
    address jsonb CHECK (address IS NULL OR (jsonb_typeof(address -> 'city') = 'string' AND jsonb_typeof(address -> 'lines') = 'array')),
    schedule jsonb NOT NULL CHECK (schedule @> '{"enabled": true}'),
    nested jsonb NOT NULL CHECK (nested #>> '{owner,name}' IS NOT NULL),
    flags json NOT NULL CHECK (json_typeof(flags) = 'object'),
    extra jsonb NOT NULL CHECK (jsonb_path_exists(extra, '$.items[*] ? (@.qty > 0)')) DEFAULT '{"items": [{"qty": 1}]}');
