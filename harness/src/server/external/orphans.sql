-- Databases of runs that are over and have no register any more.
SELECT d.datname::text
FROM pg_catalog.pg_database AS d
WHERE d.datname ~ '^pgproof_[0-9a-f]{12}_[a-z0-9]+$'
    AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_database AS r WHERE r.datname = pg_catalog.substr(d.datname, 1, 20)
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_stat_activity AS a
        WHERE a.datid = d.oid OR a.application_name = pg_catalog.substr(d.datname, 1, 20)
    )
ORDER BY d.datname
