-- The registers of runs that nobody is connected to: marked as ours by name and comment, and this login's own.
SELECT d.datname::text
FROM pg_catalog.pg_database AS d
WHERE d.datname ~ '^pgproof_[0-9a-f]{12}$'
    AND pg_catalog.shobj_description(d.oid, 'pg_database') = 'register of pgproof run ' || pg_catalog.substr(d.datname, 9)
    AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid)
ORDER BY d.datname
