-- What ALTER ROLE … SET and ALTER DATABASE … SET give a session that logs in, set for this transaction: those of
-- everyone in the database first, the role's own last. $1: the role; $2: the database, which a clone bears another
-- name than, so the current one is meant where there is none of that name; $3: whether the role's own count. A setting of
-- "role" is only told.
SELECT
    settings.name,
    CASE settings.name
        WHEN 'role' THEN settings.value
        ELSE pg_catalog.set_config(settings.name, settings.value, true)
    END
FROM (
    SELECT
        pg_catalog.split_part(setting, '=', 1) AS name,
        pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting AS s
    LEFT JOIN pg_catalog.pg_roles AS r ON s.setrole = r.oid
    LEFT JOIN pg_catalog.pg_database AS d ON s.setdatabase = d.oid
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS setting
    WHERE (s.setrole = 0 OR r.rolname = $1 AND $3)
      AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database() OR d.datname = $2)
    ORDER BY s.setrole <> 0, s.setdatabase <> 0
) AS settings
