select
    'rule' as kind,
    r.ev_class as parent,
    json_build_object(
        'oid', r.oid::int8,
        'name', r.rulename,
        'event', case r.ev_type when '1' then 'SELECT' when '2' then 'UPDATE' when '3' then 'INSERT' when '4' then 'DELETE' end,
        'instead', r.is_instead,
        'enabled', case r.ev_enabled
            when 'O' then 'origin'
            when 'D' then 'disabled'
            when 'R' then 'replica'
            when 'A' then 'always'
        end,
        'definition', pg_get_ruledef(r.oid)
    ) as item
from pg_catalog.pg_rewrite as r
join pg_catalog.pg_class as c on c.oid = r.ev_class
where r.rulename <> '_RETURN'
    and c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
order by r.oid;
