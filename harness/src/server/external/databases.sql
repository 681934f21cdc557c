-- The databases of a run: by their names, or by what its register says. $1: the beginning of their names.
SELECT d.datname::text
FROM pg_catalog.pg_database AS d
WHERE pg_catalog.starts_with(d.datname, $1)
    OR d.oid IN (SELECT m.oid FROM public.made AS m WHERE m.kind = 'database')
ORDER BY d.datname
