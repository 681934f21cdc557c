-- How many dead letters that were stored differ from their event in the log, or have none.
SELECT count(*)
FROM audit.dead_letters AS d
WHERE
    d.stored_at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM audit.events AS e
        WHERE
            to_jsonb(e) - ARRAY['id', 'occurred_at', 'transaction_id']
            = d.event - ARRAY['occurred_at', 'transaction_id']
            AND e.occurred_at = (d.event ->> 'occurred_at')::TIMESTAMPTZ
            AND e.transaction_id::TEXT = d.event ->> 'transaction_id'
    );
