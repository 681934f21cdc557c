-- Runs on the server until the migrations are applied, or the run is over, killed or not: a server does not look whether
-- its client is there while it is at work. So roles that a migration makes are written down even if we are killed at that
-- moment, and with the last session of a run that was killed it ends, after a last look.
DO $$
DECLARE
    over boolean := false;
BEGIN
    LOOP
        UPDATE public.made AS m
        SET oid = r.oid
        FROM pg_catalog.pg_roles AS r
        WHERE m.kind = 'role' AND r.rolname = m.name AND m.oid IS DISTINCT FROM r.oid;
        COMMIT;
        EXIT WHEN over;
        over := EXISTS (SELECT FROM public.made AS m WHERE m.kind = 'applied')
            OR NOT EXISTS (
                SELECT FROM pg_catalog.pg_stat_activity AS a
                WHERE a.application_name = current_database() AND a.pid <> pg_catalog.pg_backend_pid()
            );
        PERFORM pg_catalog.pg_sleep(0.02) WHERE NOT over;
        COMMIT;
    END LOOP;
END
$$
