-- Whoever acts in this transaction: rows are read as the superuser, and values as text in one form. Going back to the
-- savepoint gives the actor its session back.
SAVEPOINT image;
RESET SESSION AUTHORIZATION;
SET LOCAL ROLE NONE;
SET LOCAL search_path = pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL TimeZone = 'UTC';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1
