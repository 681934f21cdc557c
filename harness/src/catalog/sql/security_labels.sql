select
    'other' as kind,
    null as parent,
    json_build_object(
        'class', 'pg_seclabel',
        'kind', 'security label',
        'name', l.provider || ' on ' || named.type || ' ' || named.identity,
        'definition', l.label
    ) as item
from pg_catalog.pg_seclabel as l
cross join pg_identify_object(l.classoid, l.objoid, l.objsubid) as named
order by l.provider, l.classoid, l.objoid, l.objsubid;
