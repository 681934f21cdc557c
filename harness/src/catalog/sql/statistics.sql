select
    'statistics' as kind,
    s.stxrelid as parent,
    json_build_object(
        'oid', s.oid::int8,
        'schema', n.nspname,
        'name', s.stxname,
        'definition', pg_get_statisticsobjdef(s.oid),
        'target', nullif(s.stxstattarget, -1)
    ) as item
from pg_catalog.pg_statistic_ext as s
join pg_catalog.pg_namespace as n on n.oid = s.stxnamespace
where s.stxnamespace = any (current_setting('pgproof.schemas')::oid[])
order by s.oid;
