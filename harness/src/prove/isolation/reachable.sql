-- The functions that fire by themselves, and those that one of the roles $1, or a role that one of them may become, can call.
SELECT p.oid
FROM pg_catalog.pg_proc AS p
WHERE p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype)
   OR EXISTS (
    SELECT
    FROM pg_catalog.unnest($1::text[]) AS member
    INNER JOIN pg_catalog.pg_roles AS r ON pg_catalog.pg_has_role(member, r.oid, 'MEMBER')
    WHERE pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
)
ORDER BY p.oid
