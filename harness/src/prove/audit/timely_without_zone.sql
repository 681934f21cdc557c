-- Whether a time without a zone lies between the transaction's begin and now in some zone.
coalesce(
    pg_catalog.abs(extract(epoch FROM $at - (pg_catalog.now() AT TIME ZONE 'UTC'))) < 15 * 3600
    AND pg_catalog.mod(
        extract(
            epoch FROM $at - CASE
                WHEN $at = pg_catalog.date_trunc('second', $at) THEN pg_catalog.date_trunc('second', pg_catalog.now())
                ELSE pg_catalog.now()
            END AT TIME ZONE 'UTC'
        ) + 24 * 3600,
        900
    ) <= extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.now()) + 1.5,
    false
)
