-- Enums, domains, composite types, ranges and base types; not the array, row and multirange types that come with others.
select
    'type' as kind,
    null as parent,
    json_build_object(
        'oid', t.oid::int8,
        'schema', n.nspname,
        'name', t.typname,
        'kind', case
            when not t.typisdefined then 'shell'
            else case t.typtype
                when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range' else 'base'
            end
        end,
        'owner', json_build_object(
            'role', pg_get_userbyid(t.typowner),
            'usual', t.typowner = any (current_setting('pgproof.owners')::oid[])
        ),
        'labels', case when t.typtype = 'e' then (
            select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]')
            from pg_catalog.pg_enum as e
            where e.enumtypid = t.oid
        ) end,
        'base_type', case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
        'not_null', t.typnotnull,
        'default', t.typdefault,
        'collation', case when t.typtype = 'd' and t.typcollation <> bt.typcollation then t.typcollation::regcollation::text end,
        'relation_oid', nullif(t.typrelid, 0)::int8,
        'subtype', case when r.rngsubtype is not null then format_type(r.rngsubtype, null) end,
        'range', case when r.rngsubtype is not null then concat_ws(', ',
            'multirange ' || format_type(r.rngmultitypid, null),
            case when not oc.opcdefault then
                'operator class ' || quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname)
            end,
            case when r.rngcollation <> st.typcollation then 'collation ' || r.rngcollation::regcollation::text end,
            'canonical ' || nullif(r.rngcanonical, 0)::regproc::text,
            'subtype diff ' || nullif(r.rngsubdiff, 0)::regproc::text
        ) end,
        'functions', case when t.typtype = 'b' and t.typisdefined then concat_ws(', ',
            'input ' || t.typinput::text,
            'output ' || t.typoutput::text,
            'receive ' || nullif(t.typreceive, 0)::regproc::text,
            'send ' || nullif(t.typsend, 0)::regproc::text,
            'length ' || t.typlen,
            'category ' || t.typcategory::text
        ) end
    ) as item
from pg_catalog.pg_type as t
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
left join pg_catalog.pg_type as bt on bt.oid = t.typbasetype
left join pg_catalog.pg_class as c on c.oid = t.typrelid
left join pg_catalog.pg_range as r on r.rngtypid = t.oid
left join pg_catalog.pg_type as st on st.oid = r.rngsubtype
left join pg_catalog.pg_opclass as oc on oc.oid = r.rngsubopc
left join pg_catalog.pg_namespace as ocn on ocn.oid = oc.opcnamespace
where t.typnamespace = any (current_setting('pgproof.schemas')::oid[])
    and (t.typtype in ('e', 'd', 'r', 'b') or t.typtype = 'c' and c.relkind = 'c' or not t.typisdefined)
    and not (t.typcategory = 'A' and t.typelem <> 0 and t.typsubscript = 'array_subscript_handler'::regproc)
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
    )
order by t.oid;
