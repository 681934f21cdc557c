-- What is rare in migrations: a line each. User mappings' options hold passwords: only their names are read.
with other as (
    select
        'pg_catalog.pg_cast'::regclass as class,
        c.oid,
        null::oid as owner,
        concat_ws(', ',
            case c.castmethod when 'f' then 'with function ' || c.castfunc::regprocedure::text when 'i' then 'with inout' else 'without function' end,
            case c.castcontext when 'a' then 'as assignment' when 'i' then 'as implicit' end
        ) as definition
    from pg_catalog.pg_cast as c
    union all
    select
        'pg_catalog.pg_operator'::regclass, o.oid, o.oprowner,
        concat_ws(', ',
            'function ' || o.oprcode::regprocedure::text,
            'commutator ' || nullif(o.oprcom, 0)::regoperator::text,
            'negator ' || nullif(o.oprnegate, 0)::regoperator::text,
            'restrict ' || nullif(o.oprrest, 0)::regproc::text,
            'join ' || nullif(o.oprjoin, 0)::regproc::text,
            case when o.oprcanhash then 'hashes' end,
            case when o.oprcanmerge then 'merges' end
        )
    from pg_catalog.pg_operator as o
    union all
    select
        'pg_catalog.pg_opclass'::regclass, o.oid, o.opcowner,
        concat_ws(', ',
            'for type ' || format_type(o.opcintype, null),
            case when o.opcdefault then 'default' end,
            'family ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname),
            'storage ' || format_type(nullif(o.opckeytype, 0), null)
        )
    from pg_catalog.pg_opclass as o
    join pg_catalog.pg_opfamily as f on f.oid = o.opcfamily
    join pg_catalog.pg_namespace as n on n.oid = f.opfnamespace
    union all
    select
        'pg_catalog.pg_opfamily'::regclass, f.oid, f.opfowner,
        concat_ws(', ',
            (
                select string_agg(format('operator %s %s', a.amopstrategy, a.amopopr::regoperator), ', '
                    order by a.amoplefttype, a.amoprighttype, a.amopstrategy)
                from pg_catalog.pg_amop as a
                where a.amopfamily = f.oid
            ),
            (
                select string_agg(format('function %s %s', a.amprocnum, a.amproc::regprocedure), ', '
                    order by a.amproclefttype, a.amprocrighttype, a.amprocnum)
                from pg_catalog.pg_amproc as a
                where a.amprocfamily = f.oid
            )
        )
    from pg_catalog.pg_opfamily as f
    where f.oid >= 16384
    union all
    -- The locale's column is collcollate in 14, colliculocale to 16 and colllocale since.
    select
        'pg_catalog.pg_collation'::regclass, c.oid, c.collowner,
        concat_ws(', ',
            'provider ' || case c.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' else 'default' end,
            'locale ' || coalesce(to_json(c) ->> 'colllocale', to_json(c) ->> 'colliculocale', c.collcollate),
            'ctype ' || case when c.collprovider = 'c' then nullif(c.collctype, c.collcollate) end,
            case when not c.collisdeterministic then 'not deterministic' end,
            'rules ' || (to_json(c) ->> 'collicurules')
        )
    from pg_catalog.pg_collation as c
    where c.oid >= 16384
    union all
    select
        'pg_catalog.pg_conversion'::regclass, c.oid, c.conowner,
        concat_ws(', ',
            'from ' || pg_encoding_to_char(c.conforencoding),
            'to ' || pg_encoding_to_char(c.contoencoding),
            'function ' || c.conproc::text,
            case when c.condefault then 'default' end
        )
    from pg_catalog.pg_conversion as c
    union all
    select
        'pg_catalog.pg_ts_config'::regclass, c.oid, c.cfgowner,
        concat_ws(', ',
            'parser ' || (pg_identify_object('pg_catalog.pg_ts_parser'::regclass, c.cfgparser, 0)).identity,
            (
                select string_agg(format('%s %s', t.alias, m.dictionaries), ', ' order by t.alias collate "C")
                from (
                    select k.maptokentype, string_agg(k.mapdict::regdictionary::text, ' then ' order by k.mapseqno) as dictionaries
                    from pg_catalog.pg_ts_config_map as k
                    where k.mapcfg = c.oid
                    group by k.maptokentype
                ) as m
                join ts_token_type(c.cfgparser) as t on t.tokid = m.maptokentype
            )
        )
    from pg_catalog.pg_ts_config as c
    where c.oid >= 16384
    union all
    select
        'pg_catalog.pg_ts_dict'::regclass, d.oid, d.dictowner,
        concat_ws(', ', 'template ' || quote_ident(n.nspname) || '.' || quote_ident(t.tmplname), d.dictinitoption)
    from pg_catalog.pg_ts_dict as d
    join pg_catalog.pg_ts_template as t on t.oid = d.dicttemplate
    join pg_catalog.pg_namespace as n on n.oid = t.tmplnamespace
    union all
    select 'pg_catalog.pg_ts_parser'::regclass, p.oid, null, 'start ' || p.prsstart::text
    from pg_catalog.pg_ts_parser as p
    union all
    select 'pg_catalog.pg_ts_template'::regclass, t.oid, null, 'lexize ' || t.tmpllexize::text
    from pg_catalog.pg_ts_template as t
    union all
    select
        'pg_catalog.pg_language'::regclass, l.oid, l.lanowner,
        concat_ws(', ', case when l.lanpltrusted then 'trusted' else 'untrusted' end, 'handler ' || nullif(l.lanplcallfoid, 0)::regproc::text)
    from pg_catalog.pg_language as l
    union all
    select 'pg_catalog.pg_am'::regclass, a.oid, null, 'handler ' || a.amhandler::text
    from pg_catalog.pg_am as a
    union all
    select
        'pg_catalog.pg_transform'::regclass, t.oid, null,
        concat_ws(', ', 'from sql ' || nullif(t.trffromsql, 0)::regproc::text, 'to sql ' || nullif(t.trftosql, 0)::regproc::text)
    from pg_catalog.pg_transform as t
    union all
    select
        'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, w.fdwowner,
        concat_ws(', ',
            'handler ' || nullif(w.fdwhandler, 0)::regproc::text,
            'validator ' || nullif(w.fdwvalidator, 0)::regproc::text,
            (select string_agg(o, ', ' order by o collate "C") from unnest(w.fdwoptions) as o)
        )
    from pg_catalog.pg_foreign_data_wrapper as w
    union all
    select
        'pg_catalog.pg_foreign_server'::regclass, s.oid, s.srvowner,
        concat_ws(', ',
            'wrapper ' || quote_ident(w.fdwname),
            'type ' || s.srvtype,
            'version ' || s.srvversion,
            (select string_agg(o, ', ' order by o collate "C") from unnest(s.srvoptions) as o)
        )
    from pg_catalog.pg_foreign_server as s
    join pg_catalog.pg_foreign_data_wrapper as w on w.oid = s.srvfdw
    union all
    select
        'pg_catalog.pg_user_mapping'::regclass, u.umid, null,
        (select 'options ' || string_agg(split_part(o, '=', 1), ', ' order by o collate "C") from unnest(u.umoptions) as o)
    from pg_catalog.pg_user_mappings as u
    union all
    select
        'pg_catalog.pg_event_trigger'::regclass, e.oid, e.evtowner,
        concat_ws(', ',
            'on ' || e.evtevent,
            'for ' || (select string_agg(t, ', ' order by t collate "C") from unnest(e.evttags) as t),
            'execute ' || e.evtfoid::regproc::text || '()',
            case e.evtenabled when 'O' then null when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end
        )
    from pg_catalog.pg_event_trigger as e
    union all
    select
        'pg_catalog.pg_publication'::regclass, p.oid, p.pubowner,
        concat_ws(', ',
            case when p.puballtables then 'all tables' end,
            'publish ' || concat_ws(' ',
                case when p.pubinsert then 'insert' end,
                case when p.pubupdate then 'update' end,
                case when p.pubdelete then 'delete' end,
                case when p.pubtruncate then 'truncate' end
            ),
            case when p.pubviaroot then 'via partition root' end,
            'generated columns ' || nullif(to_json(p) ->> 'pubgencols', 'n')
        )
    from pg_catalog.pg_publication as p
    union all
    select
        'pg_catalog.pg_subscription'::regclass, s.oid, s.subowner,
        concat_ws(', ',
            'publications ' || (select string_agg(quote_ident(p), ' ' order by p collate "C") from unnest(s.subpublications) as p),
            case when not s.subenabled then 'disabled' end
        )
    from pg_catalog.pg_subscription as s
    where s.subdbid = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
),
-- Neither an extension's nor made with something else, as the cast of a range is.
made as materialized (
    select o.*
    from other as o
    where o.oid >= 16384
        and not exists (
            select from pg_catalog.pg_depend as d
            where d.classid = o.class and d.objid = o.oid and d.deptype in ('e', 'i')
        )
)
select
    'other' as kind,
    null as parent,
    json_build_object(
        'oid', o.oid::int8,
        'class', (select c.relname from pg_catalog.pg_class as c where c.oid = o.class),
        'kind', named.type,
        'name', named.identity,
        'owner', case when o.owner is not null then json_build_object(
            'role', pg_get_userbyid(o.owner),
            'usual', o.owner = any (current_setting('pgproof.owners')::oid[])
        ) end,
        'definition', o.definition
    ) as item
from made as o
cross join pg_identify_object(o.class, o.oid, 0) as named
left join pg_catalog.pg_namespace as n on n.nspname = named.schema
where named.schema is null or n.oid = any (current_setting('pgproof.schemas')::oid[])
order by o.class, o.oid;
