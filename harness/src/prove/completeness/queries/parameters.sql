-- The parameters' types of a prepared statement, each with the type below all domains, since a domain may refuse the NULL
-- that stands for a value. $1: the statement's name.
WITH RECURSIVE types AS (
    SELECT p.number, p.type::oid AS type, false AS of_domain
    FROM pg_catalog.pg_prepared_statements AS s
    CROSS JOIN LATERAL pg_catalog.unnest(s.parameter_types) WITH ORDINALITY AS p (type, number)
    WHERE s.name = $1
    UNION ALL
    SELECT types.number, t.typbasetype, true
    FROM types
    INNER JOIN pg_catalog.pg_type AS t ON types.type = t.oid
    WHERE t.typtype = 'd'
)
SELECT pg_catalog.format_type(types.type, NULL), types.of_domain
FROM types
INNER JOIN pg_catalog.pg_type AS t ON types.type = t.oid
WHERE t.typtype <> 'd'
ORDER BY types.number
