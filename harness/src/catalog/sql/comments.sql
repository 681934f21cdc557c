-- Every comment on something that initdb did not make, and on its schema public. Extensions' own comments come with
-- their files and vary with them.
select
    'comment' as kind,
    null as parent,
    json_build_object(
        'class', c.relname,
        'oid', d.objoid::int8,
        'number', d.objsubid,
        'text', d.description
    ) as item
from pg_catalog.pg_description as d
join pg_catalog.pg_class as c on c.oid = d.classoid
where (
        d.objoid >= 16384
        or (d.classoid = 'pg_catalog.pg_namespace'::regclass and d.description <> 'standard public schema')
    )
    and d.classoid <> 'pg_catalog.pg_extension'::regclass
union all
select
    'comment',
    null,
    json_build_object('class', c.relname, 'oid', d.objoid::int8, 'number', 0, 'text', d.description)
from pg_catalog.pg_shdescription as d
join pg_catalog.pg_class as c on c.oid = d.classoid
where d.objoid >= 16384
    or d.objoid = (select b.oid from pg_catalog.pg_database as b where b.datname = current_database());
