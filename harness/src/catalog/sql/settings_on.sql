-- What decides how PostgreSQL prints names and constants is set for the length of this reading, and put back by
-- settings_off.sql. The whole reading is one message, hence one transaction where the caller has none open; where the
-- caller has one, what was set before must come back without ending it. So the old values are kept in a setting.
select set_config('pgproof.before', json_object_agg(name, current_setting(name))::text, true)
from unnest(array[
    'search_path', 'TimeZone', 'DateStyle', 'IntervalStyle', 'extra_float_digits',
    'bytea_output', 'quote_all_identifiers', 'xmlbinary', 'lc_monetary'
]) as name;

-- pg_temp is named, and last: unnamed it would be searched first, and a temporary table could pose as a catalogue.
select
    set_config('search_path', 'pg_catalog, pg_temp', true),
    set_config('TimeZone', 'UTC', true),
    set_config('DateStyle', 'ISO, YMD', true),
    set_config('IntervalStyle', 'postgres', true),
    set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true),
    set_config('quote_all_identifiers', 'off', true),
    set_config('xmlbinary', 'base64', true),
    set_config('lc_monetary', 'C', true);

-- The schemas that count, said once for all the statements that follow. Names that begin with pg_ are reserved.
select
    set_config(
        'pgproof.schemas',
        (
            select coalesce(array_agg(n.oid), '{}')::text
            from pg_catalog.pg_namespace as n
            where n.nspname !~ '^pg_'
                and n.nspname not in ('information_schema', 'pgproof')
                and not exists (
                    select from pg_catalog.pg_depend as d
                    where d.classid = 'pg_catalog.pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e'
                )
        ),
        true
    ),
    -- Owners that need not be said: the bootstrap superuser, the database's owner and the role that stands for it.
    set_config(
        'pgproof.owners',
        (
            select array_agg(r.oid)::text
            from pg_catalog.pg_roles as r
            where r.oid = 10
                or r.rolname = 'pg_database_owner'
                or r.oid = (select d.datdba from pg_catalog.pg_database as d where d.datname = current_database())
        ),
        true
    );
