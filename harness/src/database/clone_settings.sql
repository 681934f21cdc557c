-- CREATE DATABASE … TEMPLATE leaves grants, settings, the limit of connections and the comment behind. They are copied as
-- rows, since a setting that is a list (search_path) does not survive being written as ALTER DATABASE … SET.
-- $1: the clone; $2: the template.
WITH databases AS (
    SELECT clone.oid AS clone, template.oid AS template, template.datacl, template.datconnlimit
    FROM pg_catalog.pg_database AS clone
    CROSS JOIN pg_catalog.pg_database AS template
    WHERE clone.datname = $1 AND template.datname = $2
),
settings AS (
    INSERT INTO pg_catalog.pg_db_role_setting (setdatabase, setrole, setconfig)
    SELECT d.clone, s.setrole, s.setconfig
    FROM pg_catalog.pg_db_role_setting AS s
    INNER JOIN databases AS d ON s.setdatabase = d.template
),
comments AS (
    INSERT INTO pg_catalog.pg_shdescription (objoid, classoid, description)
    SELECT d.clone, c.classoid, c.description
    FROM pg_catalog.pg_shdescription AS c
    INNER JOIN databases AS d ON c.objoid = d.template
    WHERE c.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
)
UPDATE pg_catalog.pg_database AS target
SET datacl = d.datacl, datconnlimit = d.datconnlimit
FROM databases AS d
WHERE target.oid = d.clone
