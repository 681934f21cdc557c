-- The name, encoding and locale are left out: clones differ in the first, builds in the others.
select
    'database' as kind,
    null as parent,
    json_build_object(
        'oid', d.oid::int8,
        'owner', json_build_object('role', pg_get_userbyid(d.datdba), 'usual', true),
        'connection_limit', nullif(d.datconnlimit, -1)
    ) as item
from pg_catalog.pg_database as d
where d.datname = current_database()
order by d.oid;
