-- In place of timescaledb: a hypertable stays the table that it was, and no policy ever runs. Options in the namespace
-- `timescaledb`, as of continuous aggregates, can't be stood in for.
CREATE FUNCTION create_hypertable(
    relation regclass, time_column_name name, partitioning_column name DEFAULT NULL, number_partitions integer DEFAULT NULL,
    associated_schema_name name DEFAULT NULL, associated_table_prefix name DEFAULT NULL,
    chunk_time_interval anyelement DEFAULT NULL::bigint, create_default_indexes boolean DEFAULT true,
    if_not_exists boolean DEFAULT false, partitioning_func regproc DEFAULT NULL, migrate_data boolean DEFAULT false
)
RETURNS TABLE (hypertable_id integer, schema_name name, table_name name, created boolean) LANGUAGE sql
AS $$
    SELECT 1, n.nspname, c.relname, true
    FROM pg_catalog.pg_class AS c INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
    WHERE c.oid = $1
$$;
CREATE FUNCTION add_dimension(
    hypertable regclass, column_name name, number_partitions integer DEFAULT NULL, chunk_time_interval anyelement DEFAULT NULL::bigint,
    partitioning_func regproc DEFAULT NULL, if_not_exists boolean DEFAULT false
)
RETURNS TABLE (dimension_id integer, schema_name name, table_name name, column_name_of name, created boolean) LANGUAGE sql
AS $$ SELECT 1, NULL::name, NULL::name, $2, true $$;
CREATE FUNCTION set_chunk_time_interval(hypertable regclass, chunk_time_interval anyelement, dimension_name name DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION add_retention_policy(
    relation regclass, drop_after "any", if_not_exists boolean DEFAULT false, schedule_interval interval DEFAULT NULL,
    initial_start timestamptz DEFAULT NULL, timezone text DEFAULT NULL
)
RETURNS integer LANGUAGE internal AS 'pg_backend_pid';
CREATE FUNCTION add_compression_policy(
    hypertable regclass, compress_after "any", if_not_exists boolean DEFAULT false, schedule_interval interval DEFAULT NULL,
    initial_start timestamptz DEFAULT NULL, timezone text DEFAULT NULL
)
RETURNS integer LANGUAGE internal AS 'pg_backend_pid';
CREATE FUNCTION remove_retention_policy(relation regclass, if_exists boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION remove_compression_policy(hypertable regclass, if_exists boolean DEFAULT false) RETURNS boolean LANGUAGE sql
AS $$ SELECT true $$;
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT date_bin($1, $2, timestamptz '2000-01-03 00:00:00+00') $$;
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT date_bin($1, $2, timestamp '2000-01-03 00:00:00') $$;
CREATE FUNCTION time_bucket(bucket_width interval, ts date) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT date_bin($1, $2::timestamp, timestamp '2000-01-03 00:00:00')::date $$;
