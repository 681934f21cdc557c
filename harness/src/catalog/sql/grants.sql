-- The access lists that are not left to their default. What the default is, the reader knows.
with listed as (
    select
        'pg_class' as class,
        c.oid,
        0 as number,
        case when c.relkind = 'S' then 'sequence' else 'relation' end as kind,
        c.relowner as owner,
        c.relacl as acl
    from pg_catalog.pg_class as c
    where c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
    union all
    select 'pg_class', a.attrelid, a.attnum, 'column', c.relowner, a.attacl
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_class as c on c.oid = a.attrelid
    where c.relnamespace = any (current_setting('pgproof.schemas')::oid[])
        and a.attacl is not null
        and not a.attisdropped
    union all
    select 'pg_proc', p.oid, 0, 'function', p.proowner, p.proacl
    from pg_catalog.pg_proc as p
    where p.pronamespace = any (current_setting('pgproof.schemas')::oid[])
    union all
    select 'pg_type', t.oid, 0, 'type', t.typowner, t.typacl
    from pg_catalog.pg_type as t
    where t.typnamespace = any (current_setting('pgproof.schemas')::oid[])
    union all
    select 'pg_namespace', n.oid, 0, 'schema', n.nspowner, n.nspacl
    from pg_catalog.pg_namespace as n
    where n.oid = any (current_setting('pgproof.schemas')::oid[])
    union all
    select 'pg_database', d.oid, 0, 'database', d.datdba, d.datacl
    from pg_catalog.pg_database as d
    where d.datname = current_database()
    union all
    select 'pg_language', l.oid, 0, 'language', l.lanowner, l.lanacl
    from pg_catalog.pg_language as l
    where l.oid >= 16384
    union all
    select 'pg_foreign_data_wrapper', w.oid, 0, 'foreign data wrapper', w.fdwowner, w.fdwacl
    from pg_catalog.pg_foreign_data_wrapper as w
    union all
    select 'pg_foreign_server', s.oid, 0, 'foreign server', s.srvowner, s.srvacl
    from pg_catalog.pg_foreign_server as s
    union all
    select
        'pg_default_acl',
        d.oid,
        case when d.defaclnamespace = 0 then 0 else 1 end,
        case d.defaclobjtype
            when 'r' then 'relation' when 'S' then 'sequence' when 'f' then 'function'
            when 'T' then 'type' when 'n' then 'schema' when 'L' then 'large object'
        end,
        d.defaclrole,
        d.defaclacl
    from pg_catalog.pg_default_acl as d
)
select
    'grants' as kind,
    null as parent,
    json_build_object(
        'class', l.class,
        'oid', l.oid::int8,
        'number', l.number,
        'kind', l.kind,
        'owner', pg_get_userbyid(l.owner),
        'entries', coalesce((
            select json_agg(json_build_object(
                'grantee', case when g.grantee <> 0 then pg_get_userbyid(g.grantee) end,
                'grantor', pg_get_userbyid(g.grantor),
                'grantable', g.is_grantable,
                'privileges', g.privileges
            ))
            from (
                select e.grantee, e.grantor, e.is_grantable, array_agg(e.privilege_type) as privileges
                from aclexplode(l.acl) as e
                group by e.grantee, e.grantor, e.is_grantable
            ) as g
        ), '[]')
    ) as item
from listed as l
where l.acl is not null
order by l.class, l.oid, l.number;
