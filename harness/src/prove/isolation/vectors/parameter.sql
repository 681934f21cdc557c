-- Whether the role $1 was granted session_replication_role.
SELECT parname
FROM pg_catalog.pg_parameter_acl
WHERE parname = 'session_replication_role'
  AND pg_catalog.has_parameter_privilege($1, parname, 'SET')
ORDER BY parname
