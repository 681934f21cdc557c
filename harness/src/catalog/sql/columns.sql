-- Of relations and of composite types, in the order that SELECT * gives. On 18 a NOT NULL may be there and not yet
-- checked against the rows; before, to have it was to have checked it.
select
    'column' as kind,
    a.attrelid as parent,
    json_build_object(
        'number', a.attnum,
        'name', a.attname,
        'type', format_type(a.atttypid, a.atttypmod),
        'not_null', a.attnotnull,
        'not_null_unchecked', a.attnotnull and exists (
            select from pg_catalog.pg_constraint as con
            where con.conrelid = a.attrelid
                and con.contype = 'n'
                and con.conkey = array[a.attnum]
                and not con.convalidated
        ),
        'default', case when a.attgenerated = '' then pg_get_expr(ad.adbin, ad.adrelid) end,
        'generated', case when a.attgenerated <> '' then pg_get_expr(ad.adbin, ad.adrelid) end,
        'generated_kind', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
        'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
        'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
        'storage', case when a.attstorage <> t.typstorage then
            case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
        end,
        'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end,
        'statistics_target', nullif(a.attstattarget, -1),
        'options', (
            select json_agg(o order by o collate "C")
            from unnest(a.attoptions || a.attfdwoptions) as o
        )
    ) as item
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_type as t on t.oid = a.atttypid
left join pg_catalog.pg_attrdef as ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
where c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
    and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')
    and a.attnum > 0
    and not a.attisdropped
order by a.attrelid, a.attnum;
