-- In place of pgvector: the types, with their dimension, and every operator and operator class by its name. A value is kept
-- as the text that was given; distances are worked out, but indexes find only what is equal.
CREATE TYPE vector;
CREATE FUNCTION vector_in(cstring, oid, integer) RETURNS vector LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION vector_out(vector) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION vector_recv(internal, oid, integer) RETURNS vector LANGUAGE internal IMMUTABLE STRICT AS 'textrecv';
CREATE FUNCTION vector_send(vector) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE FUNCTION vector_typmod_in(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
CREATE FUNCTION vector_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE vector (
    INPUT = vector_in, OUTPUT = vector_out, RECEIVE = vector_recv, SEND = vector_send,
    TYPMOD_IN = vector_typmod_in, TYPMOD_OUT = vector_typmod_out, STORAGE = external
);

CREATE TYPE halfvec;
CREATE FUNCTION halfvec_in(cstring, oid, integer) RETURNS halfvec LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION halfvec_out(halfvec) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION halfvec_recv(internal, oid, integer) RETURNS halfvec LANGUAGE internal IMMUTABLE STRICT AS 'textrecv';
CREATE FUNCTION halfvec_send(halfvec) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE halfvec (
    INPUT = halfvec_in, OUTPUT = halfvec_out, RECEIVE = halfvec_recv, SEND = halfvec_send,
    TYPMOD_IN = vector_typmod_in, TYPMOD_OUT = vector_typmod_out, STORAGE = external
);

CREATE TYPE sparsevec;
CREATE FUNCTION sparsevec_in(cstring, oid, integer) RETURNS sparsevec LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION sparsevec_out(sparsevec) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION sparsevec_recv(internal, oid, integer) RETURNS sparsevec LANGUAGE internal IMMUTABLE STRICT AS 'textrecv';
CREATE FUNCTION sparsevec_send(sparsevec) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE sparsevec (
    INPUT = sparsevec_in, OUTPUT = sparsevec_out, RECEIVE = sparsevec_recv, SEND = sparsevec_send,
    TYPMOD_IN = vector_typmod_in, TYPMOD_OUT = vector_typmod_out, STORAGE = external
);

-- The numbers in a value: `[1,2,3]`.
CREATE FUNCTION vector_to_float4(vector, integer, boolean) RETURNS real[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.translate($1::text, '[]', '{}')::real[] $$;
CREATE FUNCTION halfvec_to_float4(halfvec, integer, boolean) RETURNS real[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.translate($1::text, '[]', '{}')::real[] $$;
CREATE CAST (vector AS real[]) WITH FUNCTION vector_to_float4(vector, integer, boolean) AS IMPLICIT;
CREATE CAST (halfvec AS real[]) WITH FUNCTION halfvec_to_float4(halfvec, integer, boolean) AS ASSIGNMENT;

CREATE FUNCTION array_to_vector(real[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.translate($1::text, '{}', '[]')::@extschema@.vector $$;
CREATE FUNCTION array_to_vector(double precision[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.translate($1::text, '{}', '[]')::@extschema@.vector $$;
CREATE FUNCTION array_to_vector(integer[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.translate($1::text, '{}', '[]')::@extschema@.vector $$;
CREATE FUNCTION array_to_vector(numeric[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.translate($1::text, '{}', '[]')::@extschema@.vector $$;
CREATE CAST (real[] AS vector) WITH FUNCTION array_to_vector(real[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (double precision[] AS vector) WITH FUNCTION array_to_vector(double precision[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (integer[] AS vector) WITH FUNCTION array_to_vector(integer[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (numeric[] AS vector) WITH FUNCTION array_to_vector(numeric[], integer, boolean) AS ASSIGNMENT;
CREATE FUNCTION vector_to_halfvec(vector, integer, boolean) RETURNS halfvec LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT $1::text::@extschema@.halfvec $$;
CREATE FUNCTION halfvec_to_vector(halfvec, integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT $1::text::@extschema@.vector $$;
CREATE CAST (vector AS halfvec) WITH FUNCTION vector_to_halfvec(vector, integer, boolean) AS ASSIGNMENT;
CREATE CAST (halfvec AS vector) WITH FUNCTION halfvec_to_vector(halfvec, integer, boolean) AS IMPLICIT;

-- What is worked out with them.
CREATE FUNCTION l2_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.sqrt(pg_catalog.sum((a - b) * (a - b))) FROM ROWS FROM (pg_catalog.unnest($1::real[]), pg_catalog.unnest($2::real[])) AS u (a, b) $$;
CREATE FUNCTION l1_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.sum(pg_catalog.abs(a - b)) FROM ROWS FROM (pg_catalog.unnest($1::real[]), pg_catalog.unnest($2::real[])) AS u (a, b) $$;
CREATE FUNCTION inner_product(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.sum(a * b) FROM ROWS FROM (pg_catalog.unnest($1::real[]), pg_catalog.unnest($2::real[])) AS u (a, b) $$;
CREATE FUNCTION vector_negative_inner_product(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT -@extschema@.inner_product($1, $2) $$;
CREATE FUNCTION vector_norm(vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.sqrt(pg_catalog.sum(a * a)) FROM pg_catalog.unnest($1::real[]) AS u (a) $$;
CREATE FUNCTION cosine_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT 1 - @extschema@.inner_product($1, $2) / nullif(@extschema@.vector_norm($1) * @extschema@.vector_norm($2), 0) $$;
CREATE FUNCTION vector_dims(vector) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.cardinality($1::real[]) $$;
CREATE FUNCTION l2_normalize(vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.array_agg(a / nullif(@extschema@.vector_norm($1), 0))::real[]::@extschema@.vector FROM pg_catalog.unnest($1::real[]) AS u (a) $$;
CREATE FUNCTION vector_add(vector, vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.array_agg(a + b)::@extschema@.vector FROM ROWS FROM (pg_catalog.unnest($1::real[]), pg_catalog.unnest($2::real[])) AS u (a, b) $$;
CREATE FUNCTION vector_sub(vector, vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.array_agg(a - b)::@extschema@.vector FROM ROWS FROM (pg_catalog.unnest($1::real[]), pg_catalog.unnest($2::real[])) AS u (a, b) $$;
CREATE FUNCTION vector_mul(vector, vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.array_agg(a * b)::@extschema@.vector FROM ROWS FROM (pg_catalog.unnest($1::real[]), pg_catalog.unnest($2::real[])) AS u (a, b) $$;
CREATE AGGREGATE sum (vector) (SFUNC = vector_add, STYPE = vector);

CREATE OPERATOR <-> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = l2_distance, COMMUTATOR = <->);
CREATE OPERATOR <#> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_negative_inner_product, COMMUTATOR = <#>);
CREATE OPERATOR <=> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = cosine_distance, COMMUTATOR = <=>);
CREATE OPERATOR <+> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = l1_distance, COMMUTATOR = <+>);
CREATE OPERATOR + (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_add, COMMUTATOR = +);
CREATE OPERATOR - (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_sub);
CREATE OPERATOR * (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_mul, COMMUTATOR = *);
CREATE FUNCTION halfvec_l2_distance(halfvec, halfvec) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.l2_distance($1::@extschema@.vector, $2::@extschema@.vector) $$;
CREATE FUNCTION halfvec_cosine_distance(halfvec, halfvec) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.cosine_distance($1::@extschema@.vector, $2::@extschema@.vector) $$;
CREATE FUNCTION halfvec_negative_inner_product(halfvec, halfvec) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT -@extschema@.inner_product($1::@extschema@.vector, $2::@extschema@.vector) $$;
CREATE OPERATOR <-> (LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_l2_distance, COMMUTATOR = <->);
CREATE OPERATOR <#> (LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_negative_inner_product, COMMUTATOR = <#>);
CREATE OPERATOR <=> (LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_cosine_distance, COMMUTATOR = <=>);

-- Order and equality, byte by byte.
DO $$
DECLARE
    vectors constant text[] := ARRAY['vector', 'halfvec', 'sparsevec'];
    kind text;
    comparison record;
    method text;
    class text;
BEGIN
    CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hashhandler;
    CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER hashhandler;
    FOREACH kind IN ARRAY vectors LOOP
        FOR comparison IN
            SELECT * FROM (VALUES ('lt', '<'), ('le', '<='), ('eq', '='), ('ne', '<>'), ('ge', '>='), ('gt', '>')) AS c (name, sign)
        LOOP
            EXECUTE format(
                'CREATE FUNCTION %1$s_%2$s(%1$s, %1$s) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS %3$L',
                kind, comparison.name, 'bytea' || comparison.name
            );
            EXECUTE format('CREATE OPERATOR %1$s (LEFTARG = %2$s, RIGHTARG = %2$s, FUNCTION = %2$s_%3$s%4$s)',
                comparison.sign, kind, comparison.name, CASE comparison.name WHEN 'eq' THEN ', HASHES, MERGES' ELSE '' END);
        END LOOP;
        EXECUTE format(
            'CREATE FUNCTION %1$s_cmp(%1$s, %1$s) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''byteacmp''',
            kind
        );
        EXECUTE format(
            'CREATE FUNCTION %1$s_hash(%1$s) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS ''hashvarlena''',
            kind
        );
        EXECUTE format(
            'CREATE OPERATOR CLASS %1$s_ops DEFAULT FOR TYPE %1$s USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, '
            'OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 %1$s_cmp(%1$s, %1$s)',
            kind
        );
        EXECUTE format(
            'CREATE OPERATOR CLASS %1$s_hash_ops DEFAULT FOR TYPE %1$s USING hash AS OPERATOR 1 =, FUNCTION 1 %1$s_hash(%1$s)',
            kind
        );
        FOREACH method IN ARRAY ARRAY['hnsw', 'ivfflat'] LOOP
            FOREACH class IN ARRAY ARRAY['l2', 'ip', 'cosine', 'l1'] LOOP
                EXECUTE format(
                    'CREATE OPERATOR CLASS %1$s_%2$s_ops %4$s FOR TYPE %1$s USING %3$s AS OPERATOR 1 =, FUNCTION 1 %1$s_hash(%1$s)',
                    kind, class, method,
                    -- Only this access method has a default.
                    CASE WHEN class = 'l2' AND method = 'ivfflat' AND kind = 'vector' THEN 'DEFAULT' ELSE '' END
                );
            END LOOP;
        END LOOP;
    END LOOP;
    CREATE FUNCTION bit_hash_of_stand_in(bit) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashvarlena';
    FOREACH method IN ARRAY ARRAY['hnsw', 'ivfflat'] LOOP
        FOREACH class IN ARRAY ARRAY['hamming', 'jaccard'] LOOP
            EXECUTE format(
                'CREATE OPERATOR CLASS bit_%s_ops FOR TYPE bit USING %s AS OPERATOR 1 = (bit, bit), FUNCTION 1 bit_hash_of_stand_in(bit)',
                class, method
            );
        END LOOP;
    END LOOP;
END
$$;
