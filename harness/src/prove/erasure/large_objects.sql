-- Pages of large objects, as text.
SELECT loid::text || '.' || pageno::text, pg_catalog.encode(data, 'hex')
FROM pg_catalog.pg_largeobject
ORDER BY loid, pageno
