-- The roles of a run, whatever they are called by now.
SELECT r.rolname::text
FROM public.made AS m
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = m.oid
WHERE m.kind = 'role'
ORDER BY r.rolname
