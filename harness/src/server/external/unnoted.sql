-- Roles that the migrations of a killed run name and that are there, but were not written down in time: nobody can tell
-- whose they are.
SELECT r.rolname::text
FROM public.made AS m
INNER JOIN pg_catalog.pg_roles AS r ON r.rolname = m.name
WHERE m.kind = 'role' AND m.oid IS NULL
ORDER BY r.rolname
