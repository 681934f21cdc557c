-- What the services write down by themselves, after they have set the context: what no trigger sees.

-- pgproof: as = "app_user", name = "audit: a vector operation"
-- $1 user, $2 UPSERT, SEARCH, UPDATE or DELETE, $3 collection, $4 points, $5 what else.
SELECT audit.log_vector_operation($1, $2, $3, $4::UUID [], $5);

-- pgproof: as = "app_user", name = "audit: data were read"
-- $1 READ, SEARCH or EXPORT, $2 table, $3 how many rows, $4 whether sensitive, $5 by which pattern.
SELECT audit.log_data_access($1, $2, $3, $4, $5);

-- pgproof: as = "app_user", name = "audit: a violation"
-- $1 type, $2 severity, $3 details, $4 whether it was stopped.
SELECT audit.log_security_violation($1, $2, $3, $4);
