select
    'relation' as kind,
    null as parent,
    json_build_object(
        'oid', c.oid::int8,
        'schema', n.nspname,
        'name', c.relname,
        'kind', case c.relkind
            when 'r' then 'table'
            when 'p' then 'partitioned table'
            when 'f' then 'foreign table'
            when 'v' then 'view'
            when 'm' then 'materialized view'
        end,
        'owner', json_build_object(
            'role', pg_get_userbyid(c.relowner),
            'usual', c.relowner = any (current_setting('pgproof.owners')::oid[])
        ),
        'unlogged', c.relpersistence = 'u',
        'access_method', nullif(am.amname, 'heap'),
        'tablespace', ts.spcname,
        'of_type', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
        'options', (
            select json_agg(o.setting order by o.setting collate "C")
            from (
                select unnest(c.reloptions) as setting
                union all
                select 'toast.' || unnest(t.reloptions)
            ) as o
        ),
        'row_security', c.relrowsecurity,
        'force_row_security', c.relforcerowsecurity,
        'replica_identity', case when c.relkind in ('r', 'p') then
            case c.relreplident when 'f' then 'full' when 'n' then 'nothing' when 'i' then 'index' end
        end,
        'partition_key', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
        'partition_bound', pg_get_expr(c.relpartbound, c.oid),
        'parents', (
            select json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) order by i.inhseqno)
            from pg_catalog.pg_inherits as i
            join pg_catalog.pg_class as p on p.oid = i.inhparent
            join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
            where i.inhrelid = c.oid
        ),
        'server', s.srvname,
        'server_options', (select json_agg(o order by o collate "C") from unnest(f.ftoptions) as o),
        'definition', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end
    ) as item
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_am as am on am.oid = c.relam
left join pg_catalog.pg_tablespace as ts on ts.oid = c.reltablespace
left join pg_catalog.pg_class as t on t.oid = c.reltoastrelid and t.reloptions is not null
left join pg_catalog.pg_foreign_table as f on f.ftrelid = c.oid
left join pg_catalog.pg_foreign_server as s on s.oid = f.ftserver
where c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
    and c.relkind in ('r', 'p', 'f', 'v', 'm')
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
order by c.oid;
