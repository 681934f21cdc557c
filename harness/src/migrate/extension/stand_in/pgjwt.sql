-- In place of pgjwt: what it is, which is SQL over pgcrypto.
CREATE FUNCTION url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT translate(encode($1, 'base64'), E'+/=\n', '-_') $$;
CREATE FUNCTION url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE
AS $$
    SELECT decode(
        rpad(translate($1, '-_', '+/'), (length($1) + 3) / 4 * 4, '='),
        'base64'
    )
$$;
CREATE FUNCTION algorithm_sign(signables text, secret text, algorithm text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT @extschema@.url_encode(
        hmac($1, $2, CASE $3 WHEN 'HS256' THEN 'sha256' WHEN 'HS384' THEN 'sha384' WHEN 'HS512' THEN 'sha512' END)
    )
$$;
CREATE FUNCTION sign(payload json, secret text, algorithm text DEFAULT 'HS256') RETURNS text LANGUAGE sql IMMUTABLE
AS $$
    SELECT signables || '.' || @extschema@.algorithm_sign(signables, $2, $3)
    FROM (
        SELECT @extschema@.url_encode(convert_to('{"alg":"' || $3 || '","typ":"JWT"}', 'utf8')) || '.'
            || @extschema@.url_encode(convert_to($1::text, 'utf8')) AS signables
    ) AS s
$$;
CREATE FUNCTION verify(token text, secret text, algorithm text DEFAULT 'HS256')
RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE sql IMMUTABLE
AS $$
    SELECT
        convert_from(@extschema@.url_decode(parts[1]), 'utf8')::json,
        convert_from(@extschema@.url_decode(parts[2]), 'utf8')::json,
        parts[3] = @extschema@.algorithm_sign(parts[1] || '.' || parts[2], $2, $3)
    FROM (SELECT string_to_array($1, '.') AS parts) AS p
$$;
