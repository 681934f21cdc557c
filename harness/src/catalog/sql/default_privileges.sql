select
    'default privileges' as kind,
    null as parent,
    json_build_object(
        'oid', d.oid::int8,
        'role', pg_get_userbyid(d.defaclrole),
        'schema', n.nspname,
        'objects', case d.defaclobjtype
            when 'r' then 'tables'
            when 'S' then 'sequences'
            when 'f' then 'functions'
            when 'T' then 'types'
            when 'n' then 'schemas'
            when 'L' then 'large objects'
        end
    ) as item
from pg_catalog.pg_default_acl as d
left join pg_catalog.pg_namespace as n on n.oid = d.defaclnamespace
order by d.oid;
