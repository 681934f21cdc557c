-- What the catalogue's model has as text and making rows needs as numbers: the types of columns, and what a partition
-- takes (with what its parents take).
select json_build_object(
    'oid', c.oid::int8,
    'partition', case when c.relispartition then pg_get_partition_constraintdef(c.oid) end,
    'parent', case when c.relispartition then (
        select i.inhparent::int8
        from pg_catalog.pg_inherits as i
        where i.inhrelid = c.oid
    ) end,
    'columns', coalesce((
        select json_agg(
            json_build_object('name', a.attname, 'type', a.atttypid::int8, 'modifier', a.atttypmod)
            order by a.attnum
        )
        from pg_catalog.pg_attribute as a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ), '[]')
)::text as item
from pg_catalog.pg_class as c
where c.relkind in ('r', 'p')
    and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
order by c.oid;
