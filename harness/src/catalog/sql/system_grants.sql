-- Privileges on what PostgreSQL or an extension brought, where they are no longer those that it came with:
-- GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO app, say.
with brought as (
    select
        'pg_catalog.pg_class'::regclass as class, c.oid, c.relnamespace as schema, c.relowner as owner, c.relacl as acl,
        case when c.relkind = 'S' then 'sequence' else 'relation' end as kind,
        (case when c.relkind = 'S' then 's' else 'r' end)::"char" as code
    from pg_catalog.pg_class as c
    where c.relacl is not null
    union all
    select 'pg_catalog.pg_proc'::regclass, p.oid, p.pronamespace, p.proowner, p.proacl, 'function', 'f'
    from pg_catalog.pg_proc as p
    where p.proacl is not null
    union all
    select 'pg_catalog.pg_type'::regclass, t.oid, t.typnamespace, t.typowner, t.typacl, 'type', 'T'
    from pg_catalog.pg_type as t
    where t.typacl is not null
    union all
    select 'pg_catalog.pg_namespace'::regclass, n.oid, n.oid, n.nspowner, n.nspacl, 'schema', 'n'
    from pg_catalog.pg_namespace as n
    where n.nspacl is not null
    union all
    select 'pg_catalog.pg_language'::regclass, l.oid, 0, l.lanowner, l.lanacl, 'language', 'l'
    from pg_catalog.pg_language as l
    where l.lanacl is not null and l.oid < 16384
)
select
    'system object' as kind,
    null as parent,
    json_build_object(
        'oid', b.oid::int8,
        'class', (select c.relname from pg_catalog.pg_class as c where c.oid = b.class),
        'name', (pg_identify_object(b.class, b.oid, 0)).identity,
        'kind', b.kind,
        'owner', pg_get_userbyid(b.owner),
        'entries', (
            select json_agg(json_build_object(
                'grantee', case when g.grantee <> 0 then pg_get_userbyid(g.grantee) end,
                'grantor', pg_get_userbyid(g.grantor),
                'grantable', g.is_grantable,
                'privileges', g.privileges
            ))
            from (
                select e.grantee, e.grantor, e.is_grantable, array_agg(e.privilege_type) as privileges
                from aclexplode(b.acl) as e
                group by e.grantee, e.grantor, e.is_grantable
            ) as g
        )
    ) as item
from brought as b
left join pg_catalog.pg_init_privs as i on i.classoid = b.class and i.objoid = b.oid and i.objsubid = 0
left join pg_catalog.pg_namespace as n on n.oid = b.schema
-- The information schema is granted to PUBLIC by initdb without a word in pg_init_privs.
cross join lateral (
    select coalesce(
        i.initprivs,
        case when n.nspname = 'information_schema' and b.kind in ('relation', 'schema')
            then acldefault(b.code, b.owner)
                || makeaclitem(0, b.owner, case b.kind when 'schema' then 'USAGE' else 'SELECT' end, false)
        end,
        acldefault(b.code, b.owner)
    ) as acl
) as came_with
where coalesce(n.nspname !~ '^pg_(toast|temp)', true)
    and (
        b.schema <> all (current_setting('pgproof.schemas')::oid[])
        or exists (
            select from pg_catalog.pg_depend as d
            where d.classid = b.class and d.objid = b.oid and d.deptype = 'e'
        )
    )
    and n.nspname is distinct from 'pgproof'
    and not (b.acl @> came_with.acl and came_with.acl @> b.acl)
order by b.class, b.oid;
