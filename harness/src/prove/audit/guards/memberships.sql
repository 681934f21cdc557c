-- The roles that a member of them may become, by way of others too; $1: the member. Whether it may, SET ROLE itself says.
SELECT r.rolname
FROM pg_catalog.pg_roles AS r
WHERE pg_catalog.pg_has_role($1, r.oid, 'MEMBER')
  AND r.rolname <> $1
ORDER BY r.rolname
