-- GRANT SET, ALTER SYSTEM ON PARAMETER: 15 and later.
select
    'system object' as kind,
    null as parent,
    json_build_object(
        'oid', p.oid::int8,
        'class', 'pg_parameter_acl',
        'name', p.parname,
        'kind', 'parameter',
        'owner', pg_get_userbyid(10),
        'entries', (
            select json_agg(json_build_object(
                'grantee', case when g.grantee <> 0 then pg_get_userbyid(g.grantee) end,
                'grantor', pg_get_userbyid(g.grantor),
                'grantable', g.is_grantable,
                'privileges', g.privileges
            ))
            from (
                select e.grantee, e.grantor, e.is_grantable, array_agg(e.privilege_type) as privileges
                from aclexplode(p.paracl) as e
                group by e.grantee, e.grantor, e.is_grantable
            ) as g
        )
    ) as item
from pg_catalog.pg_parameter_acl as p
order by p.oid;
