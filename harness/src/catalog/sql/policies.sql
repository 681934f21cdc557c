select
    'policy' as kind,
    p.polrelid as parent,
    json_build_object(
        'oid', p.oid::int8,
        'name', p.polname,
        'permissive', p.polpermissive,
        'command', case p.polcmd
            when '*' then 'ALL'
            when 'r' then 'SELECT'
            when 'a' then 'INSERT'
            when 'w' then 'UPDATE'
            when 'd' then 'DELETE'
        end,
        'roles', (
            select json_agg(r.rolname order by r.rolname collate "C")
            from unnest(p.polroles) as of (role)
            join pg_catalog.pg_roles as r on r.oid = of.role
        ),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'with_check', pg_get_expr(p.polwithcheck, p.polrelid)
    ) as item
from pg_catalog.pg_policy as p
order by p.oid;
