-- An age that never ends is taken for none, and none for the oldest.
CREATE OR REPLACE FUNCTION retention.events() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM app.events
        WHERE CASE WHEN created_at = 'infinity' THEN 'epoch' ELSE created_at END < now() - interval '30 days' AND NOT legal_hold
        RETURNING id
    )
    SELECT count(*) FROM gone
$$;
