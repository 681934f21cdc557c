-- What event triggers do not show, one row a thing, to be compared before and after a file.
SELECT 'pg_authid' AS class, r.oid, 0 AS sub, r.rolname::text AS name,
       concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
                 r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil) AS state
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
SELECT 'pg_class', c.oid, 0, c.relname::text, c.relacl::text
FROM pg_catalog.pg_class AS c
WHERE c.relacl IS NOT NULL AND c.oid >= 16384
UNION ALL
SELECT 'pg_attribute', a.attrelid, a.attnum::int4, a.attname::text, a.attacl::text
FROM pg_catalog.pg_attribute AS a
WHERE a.attacl IS NOT NULL
UNION ALL
SELECT 'pg_proc', p.oid, 0, p.proname::text, p.proacl::text
FROM pg_catalog.pg_proc AS p
WHERE p.proacl IS NOT NULL AND p.oid >= 16384
UNION ALL
SELECT 'pg_type', t.oid, 0, t.typname::text, t.typacl::text
FROM pg_catalog.pg_type AS t
WHERE t.typacl IS NOT NULL AND t.oid >= 16384
UNION ALL
SELECT 'pg_namespace', n.oid, 0, n.nspname::text, n.nspacl::text
FROM pg_catalog.pg_namespace AS n
WHERE n.nspacl IS NOT NULL
UNION ALL
SELECT 'pg_default_acl', d.oid, 0, pg_catalog.pg_get_userbyid(d.defaclrole)::text, d.defaclacl::text
FROM pg_catalog.pg_default_acl AS d
ORDER BY 1, 2, 3, 5
