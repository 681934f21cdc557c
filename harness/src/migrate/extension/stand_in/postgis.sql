-- In place of PostGIS: `geometry` and `geography` keep the text that was given, with type modifiers as in
-- `geometry(Point, 4326)`. Points can be made, taken apart and compared; everything else of PostGIS is not there.
CREATE FUNCTION geometry_typmod_in(cstring[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$ BEGIN RETURN 4 + coalesce(substring($1::text FROM '(\d+)\}$')::integer, 0); END $$;
CREATE FUNCTION geometry_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodout';

CREATE TYPE geometry;
CREATE FUNCTION geometry_in(cstring) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION geometry_recv(internal) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textrecv';
CREATE FUNCTION geometry_send(geometry) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE geometry (
    INPUT = geometry_in, OUTPUT = geometry_out, RECEIVE = geometry_recv, SEND = geometry_send,
    TYPMOD_IN = geometry_typmod_in, TYPMOD_OUT = geometry_typmod_out
);
CREATE TYPE geography;
CREATE FUNCTION geography_in(cstring, oid, integer) RETURNS geography LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION geography_out(geography) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION geography_recv(internal, oid, integer) RETURNS geography LANGUAGE internal IMMUTABLE STRICT AS 'textrecv';
CREATE FUNCTION geography_send(geography) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE TYPE geography (
    INPUT = geography_in, OUTPUT = geography_out, RECEIVE = geography_recv, SEND = geography_send,
    TYPMOD_IN = geometry_typmod_in, TYPMOD_OUT = geometry_typmod_out
);
CREATE TYPE box2d AS (xmin float8, ymin float8, xmax float8, ymax float8);
CREATE TABLE spatial_ref_sys (
    srid integer PRIMARY KEY,
    auth_name varchar(256),
    auth_srid integer,
    srtext varchar(2048),
    proj4text varchar(2048)
);
GRANT SELECT ON spatial_ref_sys TO public;

CREATE CAST (geometry AS geography) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (geography AS geometry) WITHOUT FUNCTION;
CREATE CAST (text AS geometry) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (geometry AS text) WITHOUT FUNCTION AS ASSIGNMENT;

CREATE FUNCTION st_makepoint(float8, float8) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT ('POINT(' || $1 || ' ' || $2 || ')')::@extschema@.geometry $$;
CREATE FUNCTION st_point(float8, float8) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_makepoint($1, $2) $$;
CREATE FUNCTION st_setsrid(geom geometry, srid integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT ('SRID=' || $2 || ';' || regexp_replace($1::text, '^SRID=\d+;', ''))::@extschema@.geometry $$;
CREATE FUNCTION st_point(float8, float8, srid integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_setsrid(@extschema@.st_makepoint($1, $2), $3) $$;
CREATE FUNCTION st_srid(geom geometry) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT coalesce(substring($1::text FROM '^SRID=(\d+);')::integer, 0) $$;
CREATE FUNCTION st_geomfromtext(text) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT $1::@extschema@.geometry $$;
CREATE FUNCTION st_geomfromtext(text, integer) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_setsrid($1::@extschema@.geometry, $2) $$;
CREATE FUNCTION st_geogfromtext(text) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT $1::@extschema@.geometry::@extschema@.geography $$;
CREATE FUNCTION st_astext(geometry) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT regexp_replace($1::text, '^SRID=\d+;', '') $$;
CREATE FUNCTION st_astext(geography) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT regexp_replace($1::text, '^SRID=\d+;', '') $$;
CREATE FUNCTION st_x(geometry) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT substring($1::text FROM 'POINT\s*\(\s*([-+.0-9e]+)')::float8 $$;
CREATE FUNCTION st_y(geometry) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT substring($1::text FROM 'POINT\s*\(\s*[-+.0-9e]+\s+([-+.0-9e]+)')::float8 $$;
CREATE FUNCTION st_distance(geom1 geometry, geom2 geometry) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT sqrt(
        (@extschema@.st_x($1) - @extschema@.st_x($2)) ^ 2 + (@extschema@.st_y($1) - @extschema@.st_y($2)) ^ 2
    )
$$;
-- On a sphere, in metres.
CREATE FUNCTION st_distance(geog1 geography, geog2 geography, use_spheroid boolean DEFAULT true) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT 2 * 6371008.8 * asin(least(1, sqrt(
        sind((@extschema@.st_y(b) - @extschema@.st_y(a)) / 2) ^ 2
        + cosd(@extschema@.st_y(a)) * cosd(@extschema@.st_y(b)) * sind((@extschema@.st_x(b) - @extschema@.st_x(a)) / 2) ^ 2
    )))
    FROM (SELECT $1::@extschema@.geometry AS a, $2::@extschema@.geometry AS b) AS points
$$;
CREATE FUNCTION st_dwithin(geom1 geometry, geom2 geometry, distance float8) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_distance($1, $2) <= $3 $$;
CREATE FUNCTION st_dwithin(geog1 geography, geog2 geography, distance float8, use_spheroid boolean DEFAULT true) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_distance($1, $2) <= $3 $$;
CREATE FUNCTION st_equals(geom1 geometry, geom2 geometry) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT $1::text = $2::text $$;
CREATE FUNCTION st_asgeojson(geometry) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT json_build_object('type', 'Point', 'coordinates', json_build_array(@extschema@.st_x($1), @extschema@.st_y($1)))::text $$;
CREATE FUNCTION postgis_version() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'stand-in'::text $$;

DO $$
DECLARE
    kind text;
    comparison record;
BEGIN
    FOREACH kind IN ARRAY ARRAY['geometry', 'geography'] LOOP
        FOR comparison IN
            SELECT * FROM (VALUES ('lt', '<'), ('le', '<='), ('eq', '='), ('ge', '>='), ('gt', '>')) AS c (name, sign)
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
            'CREATE OPERATOR CLASS btree_%1$s_ops DEFAULT FOR TYPE %1$s USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, '
            'OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 %1$s_cmp(%1$s, %1$s)',
            kind
        );
        EXECUTE format(
            'CREATE OPERATOR CLASS hash_%1$s_ops DEFAULT FOR TYPE %1$s USING hash AS OPERATOR 1 =, FUNCTION 1 %1$s_hash(%1$s)',
            kind
        );
    END LOOP;
END
$$;
CREATE OPERATOR <-> (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = st_distance, COMMUTATOR = <->);
CREATE FUNCTION geography_distance_knn(geography, geography) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT @extschema@.st_distance($1, $2) $$;
CREATE OPERATOR <-> (LEFTARG = geography, RIGHTARG = geography, FUNCTION = geography_distance_knn, COMMUTATOR = <->);
