-- The roles, superusers and PostgreSQL's own aside, that may do $2 to the table $1.
SELECT r.rolname
FROM pg_catalog.pg_roles AS r
WHERE NOT r.rolsuper
  AND r.rolname !~ '^pg_'
  AND pg_catalog.has_table_privilege(r.oid, $1::oid, $2)
ORDER BY r.rolname
LIMIT 12
