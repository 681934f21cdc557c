-- In place of pg_uuidv7: milliseconds since 1970, the version, and the rest at random.
CREATE FUNCTION uuid_generate_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT overlay(
        overlay(
            replace(gen_random_uuid()::text, '-', '')
            PLACING lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') FROM 1 FOR 12
        )
        PLACING '7' FROM 13 FOR 1
    )::uuid
$$;
CREATE FUNCTION uuid_v7_to_timestamptz(uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT to_timestamp(('x0000' || left(replace($1::text, '-', ''), 12))::bit(64)::bigint / 1000.0) $$;
