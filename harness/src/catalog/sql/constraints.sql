-- Of tables and of domains. Left out: NOT NULL (said at the column; 18 makes a constraint of each), constraint triggers
-- (listed with the triggers), and what a foreign key to a partitioned table makes for each partition of it.
select
    case when con.contypid <> 0 then 'domain constraint' else 'constraint' end as kind,
    case when con.contypid <> 0 then con.contypid else con.conrelid end as parent,
    json_build_object(
        'oid', con.oid::int8,
        'name', con.conname,
        'kind', case con.contype
            when 'p' then 'primary key'
            when 'u' then 'unique'
            when 'f' then 'foreign key'
            when 'c' then 'check'
            when 'x' then 'exclude'
        end,
        'definition', pg_get_constraintdef(con.oid),
        'columns', coalesce((
            select json_agg(a.attname order by k.position)
            from unnest(con.conkey) with ordinality as k (number, position)
            join pg_catalog.pg_attribute as a on a.attrelid = con.conrelid and a.attnum = k.number
        ), '[]'),
        'references', case when con.contype = 'f' then json_build_object(
            'schema', rn.nspname,
            'name', r.relname,
            'columns', (
                select json_agg(a.attname order by k.position)
                from unnest(con.confkey) with ordinality as k (number, position)
                join pg_catalog.pg_attribute as a on a.attrelid = con.confrelid and a.attnum = k.number
            ),
            'on_update', case con.confupdtype
                when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
                when 'n' then 'set null' when 'd' then 'set default'
            end,
            'on_delete', case con.confdeltype
                when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade'
                when 'n' then 'set null' when 'd' then 'set default'
            end
        ) end,
        'validated', con.convalidated,
        -- By way of JSON, for 17 has no such column; not where it need not be, for that is slow.
        'enforced', case
            when current_setting('server_version_num')::integer < 180000 then true
            when con.contype in ('c', 'f') then (to_json(con) ->> 'conenforced')::boolean
            else true
        end,
        'deferrable', con.condeferrable,
        'deferred', con.condeferred
    ) as item
from pg_catalog.pg_constraint as con
left join pg_catalog.pg_class as r on r.oid = con.confrelid
left join pg_catalog.pg_namespace as rn on rn.oid = r.relnamespace
where con.connamespace = any (current_setting('pgproof.schemas')::oid[])
    and con.contype in ('p', 'u', 'f', 'c', 'x')
    and (
        con.conparentid = 0
        or con.conrelid <> (select p.conrelid from pg_catalog.pg_constraint as p where p.oid = con.conparentid)
    )
order by con.oid;
