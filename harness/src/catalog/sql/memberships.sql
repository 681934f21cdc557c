-- One a role and member, whoever granted it: before 16 there could be no more, and who granted says little.
-- INHERIT and SET are options from 16 on; before, SET was always possible, and inheriting the member's own attribute.
-- From 16 on, a role made by one who is no superuser is granted to its maker by the bootstrap superuser, with nothing
-- but ADMIN: that is left out, since older servers let the maker do the same without a grant.
with granted as (
    select
        m.roleid,
        m.member,
        bool_or(m.admin_option) as admin,
        bool_or(coalesce((to_json(m) ->> 'inherit_option')::boolean, r.rolinherit)) as inherit,
        bool_or(coalesce((to_json(m) ->> 'set_option')::boolean, true)) as set
    from pg_catalog.pg_auth_members as m
    join pg_catalog.pg_roles as r on r.oid = m.member
    where not (
        m.grantor = 10
        and m.admin_option
        and r.rolcreaterole
        and not r.rolsuper
        and not coalesce((to_json(m) ->> 'inherit_option')::boolean, true)
        and not coalesce((to_json(m) ->> 'set_option')::boolean, true)
    )
    group by m.roleid, m.member
)
select
    'membership' as kind,
    null as parent,
    json_build_object(
        'role', r.rolname,
        'member', m.rolname,
        'admin', g.admin,
        'inherit', nullif(g.inherit, m.rolinherit),
        'set', nullif(g.set, true)
    ) as item
from granted as g
join pg_catalog.pg_roles as r on r.oid = g.roleid
join pg_catalog.pg_roles as m on m.oid = g.member
-- PostgreSQL's own memberships among its own roles (pg_monitor's).
where m.rolname !~ '^pg_'
    and m.oid >= coalesce(nullif(current_setting('pgproof.first_role', true), ''), '0')::oid
order by r.oid, m.oid;
