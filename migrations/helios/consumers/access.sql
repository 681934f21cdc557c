-- What the services ask before they let something happen.

-- pgproof: as = "app_user", name = "qdrant: may they"
-- $1 user, $2 collection, $3 READ, WRITE, DELETE or ADMIN, $4 what the request bears.
SELECT has_qdrant_access($1, $2, $3, $4);

-- pgproof: as = "app_user", name = "services: may it"
-- $1 token, $2 from which service, $3 to which, $4 permission, $5 scope.
SELECT verify_service_token($1, $2, $3, $4, $5);
