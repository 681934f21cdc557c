select
    'function' as kind,
    null as parent,
    json_build_object(
        'oid', p.oid::int8,
        'schema', n.nspname,
        'name', p.proname,
        'kind', case p.prokind
            when 'f' then 'function'
            when 'p' then 'procedure'
            when 'a' then 'aggregate'
            when 'w' then 'window function'
        end,
        'input_types', (
            select coalesce(json_agg(format_type(i.type, null) order by i.position), '[]')
            from unnest(p.proargtypes::oid[]) with ordinality as i (type, position)
        ),
        'identity_arguments', pg_get_function_identity_arguments(p.oid),
        'arguments', pg_get_function_arguments(p.oid),
        'result', pg_get_function_result(p.oid),
        'owner', json_build_object(
            'role', pg_get_userbyid(p.proowner),
            'usual', p.proowner = any (current_setting('pgproof.owners')::oid[])
        ),
        'language', l.lanname,
        'security_definer', p.prosecdef,
        'settings', (select json_agg(s order by s collate "C") from unnest(p.proconfig) as s),
        'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' when 'v' then 'volatile' end,
        'leakproof', p.proleakproof,
        'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' when 'u' then 'unsafe' end,
        'strict', p.proisstrict,
        'cost', case
            when p.procost <> case when l.lanname in ('c', 'internal') then 1 else 100 end then p.procost::text
        end,
        'rows', case when p.proretset and p.prorows <> 1000 then p.prorows::text end,
        'support', nullif(p.prosupport, 0)::regproc::text,
        'transforms', (select json_agg(format_type(t, null)) from unnest(p.protrftypes) as t),
        'library', convert_from(p.probin::text::bytea, 'UTF8'),
        'aggregate', case when p.prokind = 'a' then json_strip_nulls(json_build_object(
            'kind', case ag.aggkind when 'n' then 'normal' when 'o' then 'ordered set' when 'h' then 'hypothetical set' end,
            'sfunc', ag.aggtransfn::text,
            'stype', format_type(ag.aggtranstype, null),
            'sspace', nullif(ag.aggtransspace, 0)::text,
            'initcond', ag.agginitval,
            'finalfunc', nullif(ag.aggfinalfn, 0)::regproc::text,
            'finalfunc_extra', case when ag.aggfinalextra then 'true' end,
            'finalfunc_modify', ag.aggfinalmodify,
            'combinefunc', nullif(ag.aggcombinefn, 0)::regproc::text,
            'serialfunc', nullif(ag.aggserialfn, 0)::regproc::text,
            'deserialfunc', nullif(ag.aggdeserialfn, 0)::regproc::text,
            'msfunc', nullif(ag.aggmtransfn, 0)::regproc::text,
            'minvfunc', nullif(ag.aggminvtransfn, 0)::regproc::text,
            'mstype', case when ag.aggmtranstype <> 0 then format_type(ag.aggmtranstype, null) end,
            'minitcond', ag.aggminitval,
            'mfinalfunc', nullif(ag.aggmfinalfn, 0)::regproc::text,
            'sortop', nullif(ag.aggsortop, 0)::regoperator::text
        )) end,
        -- A body between BEGIN ATOMIC and END is kept parsed; any other as it was written.
        'body', coalesce(pg_get_function_sqlbody(p.oid), nullif(p.prosrc, 'aggregate_dummy'))
    ) as item
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
left join pg_catalog.pg_aggregate as ag on ag.aggfnoid = p.oid
where p.pronamespace = any (current_setting('pgproof.schemas')::oid[])
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
    -- The constructors of a range type are made with it.
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass
            and d.objid = p.oid
            and d.refclassid = 'pg_catalog.pg_type'::regclass
            and d.deptype = 'i'
    )
order by p.oid;
