-- Every role but the bootstrap superuser and PostgreSQL's own, and on a server that others use but theirs.
select
    'role' as kind,
    null as parent,
    json_build_object(
        'oid', r.oid::int8,
        'name', r.rolname,
        'superuser', r.rolsuper,
        'inherit', r.rolinherit,
        'create_role', r.rolcreaterole,
        'create_database', r.rolcreatedb,
        'login', r.rolcanlogin,
        'replication', r.rolreplication,
        'bypass_rls', r.rolbypassrls,
        'connection_limit', nullif(r.rolconnlimit, -1),
        'valid_until', r.rolvaliduntil::text
    ) as item
from pg_catalog.pg_roles as r
where r.oid <> 10
    and r.rolname !~ '^pg_'
    and r.oid >= coalesce(nullif(current_setting('pgproof.first_role', true), ''), '0')::oid
order by r.oid;
