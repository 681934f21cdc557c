select
    'schema' as kind,
    null as parent,
    json_build_object(
        'oid', n.oid::int8,
        'name', n.nspname,
        'owner', json_build_object(
            'role', pg_get_userbyid(n.nspowner),
            'usual', n.nspowner = any (current_setting('pgproof.owners')::oid[])
        )
    ) as item
from pg_catalog.pg_namespace as n
where n.oid = any (current_setting('pgproof.schemas')::oid[])
order by n.oid;
