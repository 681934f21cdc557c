-- Whether a time lies between the transaction's begin and now.
coalesce(
    $at BETWEEN CASE
        WHEN $at = pg_catalog.date_trunc('second', $at) THEN pg_catalog.date_trunc('second', pg_catalog.now())
        ELSE pg_catalog.now()
    END AND pg_catalog.clock_timestamp() + interval '0.5 s',
    false
)
