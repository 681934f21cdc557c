-- The registers of runs that are over: of our kind of name, this login's own, marked as ours or not yet marked, and
-- without a session of the run, which bears the register's name. An unmarked one counts only if nothing is in it.
SELECT
    d.datname::text,
    pg_catalog.shobj_description(d.oid, 'pg_database') IS NOT DISTINCT FROM
        'register of pgproof run ' || pg_catalog.substr(d.datname, 9)
FROM pg_catalog.pg_database AS d
WHERE d.datname ~ '^pgproof_[0-9a-f]{12}$'
    AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid OR a.application_name = d.datname
    )
ORDER BY d.datname
