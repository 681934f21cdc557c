-- Messages of today go with the conversation that they are in.
CREATE OR REPLACE FUNCTION retention.conversations() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.conversations AS c
        WHERE c.created_at < now() - interval '30 days'
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
