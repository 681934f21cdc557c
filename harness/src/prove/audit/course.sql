-- Whatever a trigger waits or loops for ends as a refusal.
BEGIN;
SET LOCAL statement_timeout = '30s';
SET LOCAL lock_timeout = '5s';
SAVEPOINT course;
