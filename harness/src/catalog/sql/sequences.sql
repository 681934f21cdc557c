-- Identity columns' sequences come here too, marked: they are then shown at their column.
select
    'sequence' as kind,
    null as parent,
    json_build_object(
        'oid', c.oid::int8,
        'schema', n.nspname,
        'name', c.relname,
        'owner', json_build_object(
            'role', pg_get_userbyid(c.relowner),
            'usual', c.relowner = any (current_setting('pgproof.owners')::oid[])
        ),
        'unlogged', c.relpersistence = 'u',
        'type', format_type(s.seqtypid, null),
        'start', s.seqstart,
        'increment', s.seqincrement,
        'minimum', s.seqmin,
        'maximum', s.seqmax,
        'cache', s.seqcache,
        'cycle', s.seqcycle,
        'owned_by', case when d.refobjid is not null then json_build_object(
            'oid', t.oid::int8,
            'schema', tn.nspname,
            'name', t.relname,
            'column', a.attname,
            'identity', d.deptype = 'i'
        ) end
    ) as item
from pg_catalog.pg_sequence as s
join pg_catalog.pg_class as c on c.oid = s.seqrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_depend as d
    on d.classid = 'pg_catalog.pg_class'::regclass
    and d.objid = c.oid
    and d.objsubid = 0
    and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjsubid > 0
    and d.deptype in ('a', 'i')
left join pg_catalog.pg_class as t on t.oid = d.refobjid
left join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
left join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
    and not exists (
        select from pg_catalog.pg_depend as e
        where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
    )
order by c.oid;
