select
    'index' as kind,
    i.indrelid as parent,
    json_build_object(
        'oid', c.oid::int8,
        'name', c.relname,
        'definition', pg_get_indexdef(c.oid),
        'method', am.amname,
        'columns', (
            select json_agg(a.attname order by k.position)
            from unnest(i.indkey::int2[]) with ordinality as k (number, position)
            left join pg_catalog.pg_attribute as a
                on a.attrelid = i.indrelid and a.attnum = k.number and k.number <> 0
            where k.position <= i.indnkeyatts
        ),
        'predicate', pg_get_expr(i.indpred, i.indrelid),
        'unique', i.indisunique,
        -- By way of JSON, for 14 has no such column; not where it need not be, for that is slow.
        'nulls_not_distinct', case
            when i.indisunique then coalesce((to_json(i) ->> 'indnullsnotdistinct')::boolean, false)
            else false
        end,
        'constraint', (
            select con.conname
            from pg_catalog.pg_constraint as con
            where con.conrelid = i.indrelid and con.conindid = c.oid and con.contype in ('p', 'u', 'x')
        ),
        'valid', i.indisvalid and i.indisready and i.indislive,
        'replica_identity', i.indisreplident,
        'clustered', i.indisclustered,
        'tablespace', ts.spcname
    ) as item
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
join pg_catalog.pg_am as am on am.oid = c.relam
left join pg_catalog.pg_tablespace as ts on ts.oid = c.reltablespace
where c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
order by c.oid;
