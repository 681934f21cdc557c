-- Those that a partition has from its parent are internal to 14 and ordinary from 15 on: listed alike, and marked.
select
    'trigger' as kind,
    t.tgrelid as parent,
    json_build_object(
        'oid', t.oid::int8,
        'name', t.tgname,
        'definition', pg_get_triggerdef(t.oid),
        'enabled', case t.tgenabled
            when 'O' then 'origin'
            when 'D' then 'disabled'
            when 'R' then 'replica'
            when 'A' then 'always'
        end,
        'function', json_build_object('schema', n.nspname, 'name', f.proname),
        'from_parent', t.tgparentid <> 0
    ) as item
from pg_catalog.pg_trigger as t
join pg_catalog.pg_proc as f on f.oid = t.tgfoid
join pg_catalog.pg_namespace as n on n.oid = f.pronamespace
where case
        when t.tgparentid = 0 then not t.tgisinternal
        else not exists (select from pg_catalog.pg_constraint as con where con.oid = t.tgconstraint and con.contype = 'f')
    end
order by t.oid;
