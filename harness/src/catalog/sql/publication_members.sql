-- Row filters, column lists and whole schemas: 15 and later.
select
    'other' as kind,
    null as parent,
    json_build_object(
        'oid', m.oid::int8,
        'class', 'pg_publication_rel',
        'kind', 'publication member',
        'name', quote_ident(p.pubname) || ' table ' || m.prrelid::regclass::text,
        'definition', concat_ws(', ',
            'columns ' || (
                select string_agg(quote_ident(a.attname), ' ' order by a.attname collate "C")
                from pg_catalog.pg_attribute as a
                where a.attrelid = m.prrelid and a.attnum = any (m.prattrs::int2[])
            ),
            'where ' || pg_get_expr(m.prqual, m.prrelid)
        )
    ) as item
from pg_catalog.pg_publication_rel as m
join pg_catalog.pg_publication as p on p.oid = m.prpubid
order by m.oid;

select
    'other' as kind,
    null as parent,
    json_build_object(
        'oid', m.oid::int8,
        'class', 'pg_publication_namespace',
        'kind', 'publication member',
        'name', quote_ident(p.pubname) || ' schema ' || m.pnnspid::regnamespace::text,
        'definition', ''
    ) as item
from pg_catalog.pg_publication_namespace as m
join pg_catalog.pg_publication as p on p.oid = m.pnpubid
order by m.oid;
