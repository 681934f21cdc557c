-- Which plain hash of the first value the second contains, in hexadecimal digits or base64: of the value as it is, in
-- lower case, and without blanks around it.
SELECT h.name
FROM (VALUES ($was), (pg_catalog.lower($was)), (pg_catalog.btrim($was))) AS w (was)
CROSS JOIN LATERAL (SELECT pg_catalog.convert_to(w.was, 'UTF8') AS bytes) AS b
CROSS JOIN LATERAL (
    VALUES
        ('MD5', pg_catalog.decode(pg_catalog.md5(b.bytes), 'hex')),
        ('SHA-224', pg_catalog.sha224(b.bytes)),
        ('SHA-256', pg_catalog.sha256(b.bytes)),
        ('SHA-384', pg_catalog.sha384(b.bytes)),
        ('SHA-512', pg_catalog.sha512(b.bytes))
) AS h (name, hash)
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.encode(h.hash, 'hex') AS hex,
        pg_catalog.replace(pg_catalog.encode(h.hash, 'base64'), E'\n', '') AS base64
) AS t
-- A part of it tells as much: its first twelve digits anywhere, or a value that is the beginning of it.
WHERE pg_catalog.strpos(pg_catalog.lower($now), pg_catalog.left(t.hex, 12)) > 0
    OR pg_catalog.strpos($now, pg_catalog.left(t.base64, 12)) > 0
    OR pg_catalog.length($now) >= 8 AND pg_catalog.starts_with(t.hex, pg_catalog.lower($now))
    OR pg_catalog.length($now) >= 8 AND pg_catalog.starts_with(t.base64, $now)
ORDER BY h.name
