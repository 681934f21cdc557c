-- Roles that the migrations name and that are there now: they were not when the run began.
UPDATE public.made AS m
SET oid = r.oid
FROM pg_catalog.pg_roles AS r
WHERE m.kind = 'role' AND r.rolname = m.name AND m.oid IS DISTINCT FROM r.oid
