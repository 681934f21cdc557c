-- ALTER ROLE … SET, ALTER DATABASE … SET, and of a role in this database.
select
    'setting' as kind,
    null as parent,
    json_build_object(
        'role', r.rolname,
        'in_database', s.setdatabase <> 0,
        'name', split_part(entry.text, '=', 1),
        'value', substr(entry.text, strpos(entry.text, '=') + 1)
    ) as item
from pg_catalog.pg_db_role_setting as s
cross join unnest(s.setconfig) as entry (text)
left join pg_catalog.pg_roles as r on r.oid = s.setrole
where s.setdatabase = 0
    -- On a server that others use, too, what is set for all roles, or theirs, is not ours.
    and s.setrole >= coalesce(nullif(current_setting('pgproof.first_role', true), ''), '0')::oid
    or s.setdatabase = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
order by s.setdatabase, s.setrole, entry.text;
