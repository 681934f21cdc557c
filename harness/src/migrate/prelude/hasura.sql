-- What Hasura has made before the first migration: its catalog's schema, and pgcrypto. A request's session variables are in
-- the setting `hasura.user`, as JSON.
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE SCHEMA hdb_catalog;
CREATE SCHEMA hdb_views;
CREATE FUNCTION hdb_catalog.gen_hasura_uuid() RETURNS uuid LANGUAGE sql AS $$ SELECT gen_random_uuid() $$;
CREATE TABLE hdb_catalog.hdb_version (
    hasura_uuid uuid PRIMARY KEY DEFAULT hdb_catalog.gen_hasura_uuid(),
    version text NOT NULL,
    upgraded_on timestamptz NOT NULL,
    cli_state jsonb NOT NULL DEFAULT '{}',
    console_state jsonb NOT NULL DEFAULT '{}',
    ee_client_id text,
    ee_client_secret text
);
CREATE TABLE hdb_catalog.hdb_metadata (
    id integer PRIMARY KEY,
    metadata json NOT NULL,
    resource_version integer NOT NULL DEFAULT 1 UNIQUE
);
CREATE TABLE hdb_catalog.event_log (
    id text PRIMARY KEY DEFAULT hdb_catalog.gen_hasura_uuid(),
    schema_name text NOT NULL,
    table_name text NOT NULL,
    trigger_name text NOT NULL,
    payload jsonb NOT NULL,
    delivered boolean NOT NULL DEFAULT false,
    error boolean NOT NULL DEFAULT false,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamp DEFAULT now(),
    locked timestamptz,
    next_retry_at timestamp,
    archived boolean NOT NULL DEFAULT false
);
CREATE FUNCTION hdb_catalog.insert_event_log(
    schema_name text, table_name text, trigger_name text, op text, row_data json
)
RETURNS text LANGUAGE sql
AS $$
    INSERT INTO hdb_catalog.event_log (schema_name, table_name, trigger_name, payload)
    VALUES (
        $1, $2, $3,
        jsonb_build_object(
            'op', $4, 'data', $5, 'session_variables', nullif(current_setting('hasura.user', true), '')::json,
            'trace_context', nullif(current_setting('hasura.tracecontext', true), '')::json
        )
    )
    RETURNING id
$$;
