-- Every type that a column can have, with what making a value of it takes. Names are such that this session finds them,
-- and of no length: format_type(oid, -1) says "bpchar" where the type's own name would mean character(1).
select json_build_object(
    'oid', t.oid::int8,
    'name', format_type(t.oid, -1),
    'plain', t.typname,
    'kind', t.typtype::text,
    'category', t.typcategory::text,
    'element', case when t.typsubscript = 'array_subscript_handler'::regproc then t.typelem::int8 end,
    'base', nullif(t.typbasetype, 0)::int8,
    'base_modifier', t.typtypmod,
    'range', coalesce(r.rngsubtype, m.rngtypid)::int8,
    'labels', coalesce((
        select json_agg(e.enumlabel order by e.enumsortorder)
        from pg_catalog.pg_enum as e
        where e.enumtypid = t.oid
    ), '[]'),
    'attributes', coalesce((
        select json_agg(json_build_array(a.atttypid::int8, a.atttypmod) order by a.attnum)
        from pg_catalog.pg_attribute as a
        where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped
    ), '[]'),
    'checks', coalesce((
        select json_agg(pg_get_constraintdef(c.oid) order by c.conname)
        from pg_catalog.pg_constraint as c
        where c.contypid = t.oid and c.contype = 'c'
    ), '[]')
)::text as item
from pg_catalog.pg_type as t
left join pg_catalog.pg_range as r on r.rngtypid = t.oid
left join pg_catalog.pg_range as m on m.rngmultitypid = t.oid
where t.typtype <> 'p'
    and t.typisdefined
    and t.typname !~ '^_?pg_toast'
    and (t.typtype <> 'c' or t.typnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))
order by t.oid;
