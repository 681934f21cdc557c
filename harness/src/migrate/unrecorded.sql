-- What event triggers do not show, one row a thing, to be compared before and after a file.
SELECT 'pg_authid' AS class, r.oid, 0 AS sub, r.rolname::text AS name,
       concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
                 r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil,
                 pg_catalog.shobj_description(r.oid, 'pg_authid')) AS state
FROM pg_catalog.pg_roles AS r
WHERE r.oid >= 16384
UNION ALL
SELECT 'pg_auth_members', m.roleid, m.member::int8::int4, pg_catalog.pg_get_userbyid(m.roleid)::text,
       concat_ws(' ', m.member, m.admin_option)
FROM pg_catalog.pg_auth_members AS m
WHERE m.roleid >= 16384 OR m.member >= 16384
UNION ALL
SELECT 'pg_db_role_setting', s.setdatabase, s.setrole::int8::int4,
       CASE s.setrole WHEN 0 THEN pg_catalog.current_database()::text ELSE pg_catalog.pg_get_userbyid(s.setrole)::text END,
       s.setconfig::text
FROM pg_catalog.pg_db_role_setting AS s
UNION ALL
SELECT 'pg_database', d.oid, 0, d.datname::text,
       concat_ws(' ', d.datacl::text, d.datdba, d.datconnlimit, pg_catalog.shobj_description(d.oid, 'pg_database'))
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
ORDER BY 1, 2, 3, 5
