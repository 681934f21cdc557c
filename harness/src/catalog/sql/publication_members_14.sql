select
    'other' as kind,
    null as parent,
    json_build_object(
        'oid', m.oid::int8,
        'class', 'pg_publication_rel',
        'kind', 'publication member',
        'name', quote_ident(p.pubname) || ' table ' || m.prrelid::regclass::text,
        'definition', ''
    ) as item
from pg_catalog.pg_publication_rel as m
join pg_catalog.pg_publication as p on p.oid = m.prpubid
order by m.oid;
