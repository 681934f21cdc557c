-- In which form a value stands in a relation. Text of bytea is hexadecimal digits, so that bytes are found by these.
SELECT
    CASE
        WHEN pg_catalog.strpos(pg_catalog.lower(t::text), pg_catalog.lower($needle)) > 0 THEN 'as text'
        WHEN pg_catalog.strpos(t::text, f.base64) > 0 THEN 'in base64'
        ELSE 'in hexadecimal digits'
    END
FROM $relation AS t
CROSS JOIN (
    SELECT
        pg_catalog.rtrim(
            pg_catalog.replace(pg_catalog.encode(pg_catalog.convert_to($needle, 'UTF8'), 'base64'), E'\n', ''),
            '='
        ) AS base64,
        pg_catalog.encode(pg_catalog.convert_to($needle, 'UTF8'), 'hex') AS hex
) AS f
WHERE pg_catalog.strpos(pg_catalog.lower(t::text), pg_catalog.lower($needle)) > 0
    OR pg_catalog.strpos(t::text, f.base64) > 0
    OR pg_catalog.strpos(pg_catalog.lower(t::text), f.hex) > 0
ORDER BY 1
LIMIT 1
