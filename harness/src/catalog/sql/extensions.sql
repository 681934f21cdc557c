select
    'extension' as kind,
    null as parent,
    json_build_object(
        'oid', e.oid::int8,
        'name', e.extname,
        'schema', n.nspname,
        'version', e.extversion
    ) as item
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
order by e.oid;
