-- The owner, and whether clones must be given more than CREATE DATABASE … TEMPLATE takes along. $1: the database.
SELECT
    pg_catalog.pg_get_userbyid(d.datdba)::text,
    d.datacl IS NOT NULL
    OR d.datconnlimit <> -1
    OR pg_catalog.shobj_description(d.oid, 'pg_database') IS NOT NULL
    OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s WHERE s.setdatabase = d.oid)
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
