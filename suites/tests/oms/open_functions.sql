-- The functions that somebody else than their owner may call, or that take their search path from whoever calls.
SELECT p.oid::REGPROCEDURE::TEXT AS function
FROM pg_proc AS p
WHERE
    p.pronamespace IN ('public'::REGNAMESPACE, 'tracking'::REGNAMESPACE, 'audit'::REGNAMESPACE)
    AND (
        NOT COALESCE(p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], FALSE)
        OR EXISTS (
            SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS a
            WHERE a.grantee <> p.proowner
        )
    )
ORDER BY function;
