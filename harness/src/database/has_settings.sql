SELECT d.datacl IS NOT NULL
       OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s WHERE s.setdatabase = d.oid)
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
