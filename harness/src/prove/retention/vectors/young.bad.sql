-- What is done goes after a week already.
CREATE OR REPLACE FUNCTION retention.events() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.events
        WHERE (created_at < now() - interval '30 days' OR status = 'done' AND created_at < now() - interval '7 days')
            AND NOT legal_hold
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
